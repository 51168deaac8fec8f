//! The system calls that a decoding process is left with. All others answer "not implemented": glibc then takes the
//! older way (`clone` for `clone3`), and what has none is told no.

#![cfg(target_os = "linux")]

use std::collections::BTreeMap;

use libc as c;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp as Compare, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, apply_filter_all_threads,
};

type Rules = BTreeMap<c::c_long, Vec<SeccompRule>>;

/// Reading what is open or may be opened, memory, threads of its own, waiting, telling the time.
const ALLOWED: [c::c_long; 96] = [
    // files
    c::SYS_read,
    c::SYS_pread64,
    c::SYS_readv,
    c::SYS_preadv,
    c::SYS_write,
    c::SYS_writev,
    c::SYS_lseek,
    c::SYS_close,
    c::SYS_close_range,
    c::SYS_fstat,
    c::SYS_newfstatat,
    c::SYS_statx,
    c::SYS_statfs,
    c::SYS_fstatfs,
    c::SYS_faccessat,
    c::SYS_faccessat2,
    c::SYS_readlinkat,
    c::SYS_getdents64,
    c::SYS_getcwd,
    c::SYS_fcntl,
    c::SYS_dup,
    c::SYS_dup3,
    c::SYS_fadvise64,
    c::SYS_readahead,
    // memory
    c::SYS_brk,
    c::SYS_mmap,
    c::SYS_munmap,
    c::SYS_mremap,
    c::SYS_mprotect,
    c::SYS_madvise,
    c::SYS_mincore,
    c::SYS_msync,
    c::SYS_mlock,
    c::SYS_munlock,
    c::SYS_membarrier,
    // threads
    c::SYS_set_robust_list,
    c::SYS_get_robust_list,
    c::SYS_rseq,
    c::SYS_futex,
    c::SYS_set_tid_address,
    c::SYS_gettid,
    c::SYS_getpid,
    c::SYS_getppid,
    c::SYS_exit,
    c::SYS_exit_group,
    c::SYS_sched_yield,
    c::SYS_sched_getaffinity,
    c::SYS_sched_setaffinity,
    c::SYS_sched_getparam,
    c::SYS_sched_getscheduler,
    c::SYS_sched_get_priority_max,
    c::SYS_sched_get_priority_min,
    c::SYS_getpriority,
    c::SYS_getcpu,
    // signals
    c::SYS_rt_sigaction,
    c::SYS_rt_sigprocmask,
    c::SYS_rt_sigreturn,
    c::SYS_rt_sigtimedwait,
    c::SYS_rt_sigsuspend,
    c::SYS_sigaltstack,
    c::SYS_restart_syscall,
    // time
    c::SYS_clock_gettime,
    c::SYS_clock_getres,
    c::SYS_clock_nanosleep,
    c::SYS_nanosleep,
    c::SYS_gettimeofday,
    c::SYS_times,
    c::SYS_getrusage,
    // waiting
    c::SYS_ppoll,
    c::SYS_pselect6,
    c::SYS_epoll_create1,
    c::SYS_epoll_ctl,
    c::SYS_epoll_pwait,
    c::SYS_eventfd2,
    c::SYS_pipe2,
    // what it is and where
    c::SYS_getuid,
    c::SYS_geteuid,
    c::SYS_getgid,
    c::SYS_getegid,
    c::SYS_getresuid,
    c::SYS_getresgid,
    c::SYS_getgroups,
    c::SYS_getpgid,
    c::SYS_getsid,
    c::SYS_uname,
    c::SYS_sysinfo,
    c::SYS_getrandom,
    c::SYS_umask,
    c::SYS_getrlimit,
    c::SYS_capget,
    c::SYS_getitimer,
    c::SYS_sched_rr_get_interval,
    c::SYS_timer_delete,
    c::SYS_setpriority,
    c::SYS_sync_file_range,
    c::SYS_futex_waitv,
];

/// Older names of the same, which other architectures never had.
#[cfg(target_arch = "x86_64")]
const ALLOWED_HERE: &[c::c_long] = &[
    c::SYS_stat,
    c::SYS_lstat,
    c::SYS_access,
    c::SYS_readlink,
    c::SYS_poll,
    c::SYS_select,
    c::SYS_epoll_create,
    c::SYS_epoll_wait,
    c::SYS_eventfd,
    c::SYS_pipe,
    c::SYS_dup2,
    c::SYS_time,
    c::SYS_arch_prctl,
    c::SYS_getpgrp,
];
#[cfg(not(target_arch = "x86_64"))]
const ALLOWED_HERE: &[c::c_long] = &[];

/// Takes all other system calls from this process, whatever threads it has. `devices` leaves those that a
/// hardware decoder is driven by. Says whether it could be done.
pub(super) fn restrict(devices: bool) -> bool {
    let filter = rules(devices).and_then(|rules| {
        let architecture = TargetArch::try_from(std::env::consts::ARCH).ok()?;
        let unknown = SeccompAction::Errno(c::ENOSYS.cast_unsigned());
        let filter = SeccompFilter::new(rules, unknown, SeccompAction::Allow, architecture).ok()?;
        BpfProgram::try_from(filter).ok()
    });
    filter.is_some_and(|filter| apply_filter_all_threads(&filter).is_ok())
}

fn rules(devices: bool) -> Option<Rules> {
    let mut rules: Rules = ALLOWED.iter().chain(ALLOWED_HERE).map(|&call| (call, Vec::new())).collect();
    let own = u64::from(std::process::id());
    let when = |argument: u8, length: Length, compare: Compare, value: u64| {
        let condition = SeccompCondition::new(argument, length, compare, value).ok()?;
        SeccompRule::new(vec![condition]).ok()
    };
    // Threads, no processes.
    let thread = c::CLONE_THREAD.cast_unsigned().into();
    rules.insert(c::SYS_clone, vec![when(0, Length::Qword, Compare::MaskedEq(thread), thread)?]);
    // Nothing is opened to be written, made or cut short.
    let writing = (c::O_ACCMODE | c::O_CREAT | c::O_TRUNC).cast_unsigned().into();
    let reading = |argument| when(argument, Length::Dword, Compare::MaskedEq(writing), 0);
    rules.insert(c::SYS_openat, if devices { Vec::new() } else { vec![reading(2)?] });
    #[cfg(target_arch = "x86_64")]
    rules.insert(c::SYS_open, if devices { Vec::new() } else { vec![reading(1)?] });
    // A pair of sockets, which leads nowhere else: by it GStreamer's threads wake each other.
    let local = c::AF_UNIX.cast_unsigned().into();
    rules.insert(c::SYS_socketpair, vec![when(0, Length::Dword, Compare::Eq, local)?]);
    // Signals to itself: that is how a process ends when it finds itself broken.
    rules.insert(c::SYS_tgkill, vec![when(0, Length::Dword, Compare::Eq, own)?]);
    // Names of threads and of memory.
    let name = [c::PR_SET_NAME, c::PR_GET_NAME, c::PR_SET_VMA].into_iter();
    let name = name.map(|what| when(0, Length::Dword, Compare::Eq, what.cast_unsigned().into()));
    rules.insert(c::SYS_prctl, name.collect::<Option<_>>()?);
    // Limits are looked at, not set.
    rules.insert(c::SYS_prlimit64, vec![when(2, Length::Qword, Compare::Eq, 0)?]);
    let terminal = [c::TCGETS, c::FIONREAD, c::FIOCLEX, c::FIONBIO].into_iter();
    let terminal = terminal.map(|what| when(1, Length::Dword, Compare::Eq, what));
    rules.insert(c::SYS_ioctl, if devices { Vec::new() } else { terminal.collect::<Option<_>>()? });
    Some(rules)
}
