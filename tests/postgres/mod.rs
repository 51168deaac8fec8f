//! A PostgreSQL server of a test's own, which may be killed.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Where Debian keeps the server's programs, and whose they run as where the tests run as root.
const VERSIONS: &str = "/usr/lib/postgresql";
const USER: &str = "postgres";

pub struct Server {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
}

impl Server {
    /// `None`, and said so, where no server is installed. With PINGCHA_TEST_POSTGRES=required that is a failure.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            assert_ne!(
                std::env::var("PINGCHA_TEST_POSTGRES").as_deref(),
                Ok("required"),
                "no PostgreSQL server is installed"
            );
            eprintln!("skipped: no PostgreSQL server is installed");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { folder, programs, port };
        if is_root() {
            run(Command::new("chown").arg(USER).arg(server.folder.path()));
        }
        let data = server.data();
        run(server
            .command("initdb")
            .args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8"])
            .args(["--locale=C.UTF-8", "-D"])
            .arg(data));
        server.up();
        server.psql("postgres", "CREATE DATABASE pingcha");
        Some(server)
    }

    pub fn address(&self) -> String {
        self.database("pingcha")
    }

    pub fn database(&self, name: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    /// What a statement answers, a row a line.
    pub fn psql(&self, database: &str, statement: &str) -> String {
        let mut command = Command::new(self.programs.join("psql"));
        command.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement, &self.database(database)]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Every process of it at once, as a power failure does.
    pub fn kill(&self) {
        let text = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let main = text.lines().next().unwrap().to_owned();
        let children =
            std::fs::read_to_string(format!("/proc/{main}/task/{main}/children")).unwrap_or_default();
        let all = std::iter::once(main.as_str()).chain(children.split_whitespace());
        Command::new("kill").arg("-KILL").args(all).status().unwrap();
        let begun = Instant::now();
        while Path::new(&format!("/proc/{main}")).exists() && begun.elapsed() < Duration::from_secs(30) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn up(&self) {
        let options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=40",
            self.port,
            self.folder.path().display()
        );
        run(self
            .command("pg_ctl")
            .args(["-w", "-s", "-D"])
            .arg(self.data())
            .arg("-l")
            .arg(self.folder.path().join("log"))
            .arg("-o")
            .arg(options)
            .arg("start")
            .stdout(Stdio::null()));
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        match is_root() {
            true => {
                let mut command = Command::new("setpriv");
                command.args([
                    &format!("--reuid={USER}"),
                    &format!("--regid={USER}"),
                    "--clear-groups",
                    "--",
                ]);
                command.arg(program);
                command
            }
            false => Command::new(program),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self
            .command("pg_ctl")
            .args(["-s", "-m", "immediate", "-D"])
            .arg(self.data())
            .arg("stop")
            .status();
    }
}

fn run(command: &mut Command) {
    let status = command.current_dir("/").status().unwrap();
    assert!(status.success(), "{command:?}");
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout == b"0\n"
}

/// Of the newest version that is installed.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(VERSIONS).ok()?;
    let programs = versions.flatten().map(|version| version.path().join("bin"));
    programs.filter(|folder| folder.join("initdb").exists() && folder.join("psql").exists()).max()
}
