//! Faces in stills: found by the model that comes with the program, and blurred unless they are to be kept.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;
mod making;

use std::fs;
use std::path::{Path, PathBuf};

use common::{check, pingcha, run, sample};
use opencv::core::{
    CV_8UC3, Mat, MatTraitConst, ROTATE_90_CLOCKWISE, ROTATE_90_COUNTERCLOCKWISE, ROTATE_180, Rect, Scalar,
    Size, rotate,
};
use opencv::imgproc::{INTER_AREA, resize};
use pingcha::models::ModelStore;
use pingcha::observe::faces::{Bearing, Face, FaceFinder};
use serde_json::Value;

/// Brow to chin in `tests/pictures/face.jpg`, which is 256 x 256.
const FACE: Rect = Rect { x: 90, y: 33, width: 45, height: 55 };

/// Where that picture stands in the clip made here, of 640 x 360.
const PLACE: (i32, i32) = (300, 60);

/// A face, and a line of a burnt-in clock below it.
fn clip(folder: &Path) -> PathBuf {
    let frozen = |name: &str, decoder: &str| {
        let file = picture_file(name);
        let file = file.display();
        format!(
            "filesrc location=\"{file}\" ! {decoder} ! imagefreeze num-buffers=75 ! video/x-raw,framerate=25/1 ! \
             videoconvert"
        )
    };
    let description = format!(
        "compositor name=both background=black sink_0::xpos={} sink_0::ypos={} sink_1::xpos=10 sink_1::ypos=20 ! \
         video/x-raw,format=I420,width=640,height=360 ! {} ! mp4mux ! FILE \
         {} ! both.sink_0 {} ! both.sink_1",
        PLACE.0,
        PLACE.1,
        making::H264,
        frozen("face.jpg", "jpegdec"),
        frozen("line.png", "pngdec")
    );
    making::record(folder, "face.mp4", &description)
}

fn picture_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures").join(name)
}

/// The BGR pixels of a JPEG or PNG file.
fn pixels(file: &Path) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let description = format!(
        "filesrc location=\"{}\" ! decodebin ! videoconvert ! video/x-raw,format=BGR ! FILE",
        file.display()
    );
    fs::read(making::record(folder.path(), "raw", &description)).unwrap()
}

fn picture(name: &str, width: i32) -> Mat {
    let pixels = pixels(&picture_file(name));
    let rows = pixels.len() as i32 / 3 / width;
    let flat = Mat::new_rows_cols_with_data(rows, width * 3, &pixels).unwrap();
    flat.reshape(3, rows).unwrap().try_clone().unwrap()
}

fn finder() -> FaceFinder {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    FaceFinder::load(&ModelStore::open(&models).unwrap()).unwrap()
}

/// Whether the face lies where it should: its middle within a quarter of the size, and its size within 40 %.
fn is_on(face: &Face, place: Rect) -> bool {
    let (width, height) = (place.width as f32, place.height as f32);
    let off_x = face.left + face.width / 2.0 - (place.x as f32 + width / 2.0);
    let off_y = face.top + face.height / 2.0 - (place.y as f32 + height / 2.0);
    off_x.abs() <= width / 4.0 && off_y.abs() <= height / 4.0 && (face.width - width).abs() <= width * 0.4
}

#[test]
fn a_face_is_found_whichever_way_the_picture_is_turned() {
    let (finder, picture) = (finder(), picture("face.jpg", 256));
    let upright = finder.find(&picture).unwrap();
    assert!(upright.len() == 1 && is_on(&upright[0], FACE), "{upright:?}");
    let (x, y, width, height) = (FACE.x, FACE.y, FACE.width, FACE.height);
    for (turn, place) in [
        (ROTATE_90_CLOCKWISE, Rect::new(256 - y - height, x, height, width)),
        (ROTATE_180, Rect::new(256 - x - width, 256 - y - height, width, height)),
        (ROTATE_90_COUNTERCLOCKWISE, Rect::new(y, 256 - x - width, height, width)),
    ] {
        let mut turned = Mat::default();
        rotate(&picture, &mut turned, turn).unwrap();
        let found = finder.find(&turned).unwrap();
        assert!(found.len() == 1 && is_on(&found[0], place), "{turn}: {found:?} {place:?}");
    }
}

#[test]
fn a_face_tells_how_the_picture_was_held() {
    let (finder, picture) = (finder(), picture("face.jpg", 256));
    assert_eq!(finder.bearing(&picture).unwrap(), Some(Bearing::Upright));
    for (turn, bearing) in [
        (ROTATE_90_CLOCKWISE, Bearing::OnTheirSide),
        (ROTATE_180, Bearing::UpsideDown),
        (ROTATE_90_COUNTERCLOCKWISE, Bearing::OnTheirSide),
    ] {
        let mut turned = Mat::default();
        rotate(&picture, &mut turned, turn).unwrap();
        assert_eq!(finder.bearing(&turned).unwrap(), Some(bearing), "{turn}");
    }
    let grey = Mat::new_rows_cols_with_default(90, 161, CV_8UC3, Scalar::all(90.0)).unwrap();
    assert_eq!(finder.bearing(&grey).unwrap(), None);
    assert_eq!(finder.bearing(&Mat::default()).unwrap(), None);
}

#[test]
fn a_camera_that_was_worn_on_its_side_is_told_by_the_people_before_it() {
    let folder = tempfile::tempdir().unwrap();
    for (direction, name, verdict, measure) in [
        ("identity", "upright", "pass", None),
        ("90r", "sideways", "review", Some("on-side")),
        ("180", "upside-down", "review", Some("upside-down")),
    ] {
        let description = format!(
            "compositor name=both sink_0::zorder=9 sink_0::xpos=52 sink_0::ypos=52 ! \
             video/x-raw,format=I420,width=360,height=360 ! videoflip video-direction={direction} ! {} ! mp4mux ! FILE \
             filesrc location=\"{}\" ! jpegdec ! imagefreeze num-buffers=200 ! video/x-raw,framerate=25/1 ! \
             videoconvert ! both.sink_0 \
             videotestsrc num-buffers=200 pattern=zone-plate kx2=8 ky2=8 kt=4 ! \
             video/x-raw,width=360,height=360,framerate=25/1 ! both.sink_1",
            making::H264,
            picture_file("face.jpg").display()
        );
        let clip = making::record(folder.path(), &format!("{name}.mp4"), &description);
        let out = folder.path().join(name);
        let policy = ["--policy", "zhanhe-education-sports"];
        run(pingcha().arg("check").arg(&clip).args(QUICK).args(policy).arg("--out").arg(&out));
        let report = fs::read(out.join(format!("{name}.mp4.report.json"))).unwrap();
        let report: Value = serde_json::from_slice(&report).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let quality = findings.iter().find(|finding| finding["check"] == "picture-quality").unwrap();
        assert_eq!(quality["verdict"], verdict, "{quality}");
        let told: Vec<&str> = ["on-side", "upside-down"]
            .into_iter()
            .filter(|name| quality["measures"].get(name).is_some())
            .collect();
        assert_eq!(told, measure.into_iter().collect::<Vec<_>>(), "{quality}");
    }
}

#[test]
fn a_small_face_is_found() {
    // 15 pixels wide.
    let (finder, picture) = (finder(), picture("face.jpg", 256));
    let mut small = Mat::default();
    resize(&picture, &mut small, Size::new(85, 85), 0.0, 0.0, INTER_AREA).unwrap();
    let found = finder.find(&small).unwrap();
    let place = Rect::new(FACE.x / 3, FACE.y / 3, FACE.width / 3, FACE.height / 3);
    assert!(found.len() == 1 && is_on(&found[0], place), "{found:?}");
}

#[test]
fn no_face_is_found_where_none_is() {
    let finder = finder();
    assert_eq!(finder.find(&picture("line.png", 320)).unwrap(), []);
    let grey = Mat::new_rows_cols_with_default(90, 161, CV_8UC3, Scalar::all(90.0)).unwrap();
    assert_eq!(finder.find(&grey).unwrap(), []);
    assert_eq!(finder.find(&Mat::default()).unwrap(), []);
    assert_eq!(finder.model().role, "face-detection");
}

const QUICK: [&str; 3] = ["--speech", "off", "--no-digest"];

/// The first still of a checked clip, as the report has it, and its file.
fn first_still(clip: &Path, out: &Path, args: &[&str]) -> (Value, PathBuf) {
    run(pingcha().arg("check").arg(clip).args(QUICK).args(args).arg("--out").arg(out));
    let name = clip.file_name().unwrap().to_str().unwrap();
    let report = fs::read(out.join(format!("{name}.report.json"))).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    let mut stills = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|finding| finding["stills"].as_array().unwrap());
    let still = stills.next().unwrap().clone();
    let file = out.join(still["file"].as_str().unwrap());
    (report, file)
}

#[test]
fn a_still_is_blurred_where_the_face_is_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let clip = clip(folder.path());
    let (report, file) = first_still(&clip, &folder.path().join("blurred"), &[]);
    assert_eq!(report["faces"], "blurred");
    let stills = report["findings"].as_array().unwrap().iter().flat_map(|f| f["stills"].as_array().unwrap());
    assert!(
        stills.clone().count() > 0 && stills.clone().all(|still| still["faces_blurred"] == 1),
        "{report}"
    );
    let page = fs::read_to_string(folder.path().join("blurred/face.mp4.report.html")).unwrap();
    assert!(page.contains("已遮蔽人脸 1 处"));
    let blurred = pixels(&file);

    let (report, file) = first_still(&clip, &folder.path().join("kept"), &["--blur-faces", "off"]);
    assert_eq!(report["faces"], "kept");
    assert!(!report.to_string().contains("\"faces_blurred\":1"));
    let kept = pixels(&file);

    let face = FACE + opencv::core::Point::new(PLACE.0, PLACE.1);
    let near = Rect::new(face.x - 30, face.y - 30, face.width + 60, face.height + 60);
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    let mut roughness = [0_u32; 2];
    for at in 0..640 * 360 {
        let point = opencv::core::Point::new(at % 640, at / 640);
        let at = at as usize * 3;
        let difference = i32::from(kept[at + 1]).abs_diff(i32::from(blurred[at + 1]));
        if face.contains(point) {
            inside.push(difference);
            for (sum, still) in roughness.iter_mut().zip([&kept, &blurred]) {
                *sum += i32::from(still[at + 1]).abs_diff(i32::from(still[at + 4]));
            }
        } else if !near.contains(point) {
            outside.push(difference);
        }
    }
    let mean = |differences: &[u32]| f64::from(differences.iter().sum::<u32>()) / differences.len() as f64;
    assert!(mean(&inside) > 10.0, "{}", mean(&inside));
    assert!(roughness[1] * 3 < roughness[0], "{roughness:?}");
    // The clock and the sign among it.
    assert_eq!(outside.iter().max(), Some(&0));
}

#[test]
fn without_the_model_no_still_shows_a_face() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    fs::create_dir(&models).unwrap();
    fs::write(models.join("manifest.toml"), "model = []").unwrap();
    let models = models.to_str().unwrap();
    let stills = |report: &Value| {
        report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f["stills"].as_array().unwrap().len())
            .sum::<usize>()
    };
    let clip = sample("cut.mp4");
    let (_, report) = check(&clip, &[&QUICK[..], &["--models", models]].concat());
    assert_eq!(stills(&report), 0);
    let limits = report["limits"].as_array().unwrap();
    assert!(limits.iter().any(|limit| limit.as_str().unwrap().contains("--blur-faces off")), "{limits:?}");
    let (_, report) = check(&clip, &[&QUICK[..], &["--models", models, "--blur-faces", "off"]].concat());
    assert!(stills(&report) > 0);
}

#[test]
fn without_the_model_it_is_said_that_writing_alone_tells_how_the_camera_stood() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    fs::create_dir(&models).unwrap();
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    for name in ["manifest.toml", "ppocr-v4-det.onnx", "ppocr-v4-rec.onnx"] {
        fs::copy(installed.join(name), models.join(name)).unwrap();
    }
    let said = |args: &[&str]| {
        let (_, report) = check(&sample("cut.mp4"), &[&QUICK[..], args].concat());
        let limits = report["limits"].as_array().unwrap();
        limits.iter().any(|limit| limit.as_str().unwrap().contains("只凭文字判断"))
    };
    assert!(said(&["--models", models.to_str().unwrap()]));
    assert!(!said(&[]));
}

#[test]
fn a_scan_that_keeps_faces_writes_its_stills_again() {
    let folder = tempfile::tempdir().unwrap();
    let footage = folder.path().join("footage");
    fs::create_dir(&footage).unwrap();
    clip(&footage);
    let scan = |args: &[&str]| -> Value {
        let catalogue = folder.path().join("catalogue.db");
        let out = folder.path().join("out");
        let mut command = pingcha();
        command.arg("scan").arg(&footage).args(["--speech", "off", "--catalogue"]).arg(catalogue);
        run(command.arg("--out").arg(&out).args(args));
        serde_json::from_slice(&fs::read(out.join("face.mp4.report.json")).unwrap()).unwrap()
    };
    assert_eq!(scan(&[])["faces"], "blurred");
    assert_eq!(scan(&["--blur-faces", "off"])["faces"], "kept");
    assert_eq!(scan(&[])["faces"], "blurred");
}
