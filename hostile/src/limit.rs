//! Bounds for the whole process, where the system has them (Unix): a reader that takes more is ended by the system, and the test fails.

/// Bounds of address space and of processor time, in bytes and seconds. The time is what this process may use in all.
#[cfg(unix)]
pub fn limit(memory: u64, time: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    for (resource, most) in [(Resource::As, memory), (Resource::Cpu, time)] {
        let limit = Rlimit { current: Some(most), ..getrlimit(resource) };
        setrlimit(resource, limit).expect("a lower limit may always be set");
    }
}

/// Elsewhere there are none, and a reader without an end shows by the test having none.
#[cfg(not(unix))]
pub fn limit(_memory: u64, _time: u64) {}
