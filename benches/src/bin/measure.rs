//! Runs a command as a whole process, and writes what it took: wall, CPU of user and system, and peak memory.
//!
//! `measure OUT.json COMMAND [ARG]...`. A small process has to do it: the memory of whoever starts a process counts as the
//! started one's until it has become itself, and that of an interpreter would hide what a small program needs.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use std::error::Error;
use std::process::{Command, ExitCode};
use std::time::Instant;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1);
    let (Some(out), Some(command)) = (args.next(), args.next()) else { return Err("usage: measure OUT COMMAND [ARG]...".into()) };
    let started = Instant::now();
    let status = Command::new(command).args(args).status()?;
    let wall = started.elapsed();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds = |time: nix::sys::time::TimeVal| time.num_microseconds() as f64 / 1e6;
    // Linux counts in KiB, macOS in bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let report = serde_json::json!({
        "wall": wall.as_secs_f64(),
        "user": seconds(usage.user_time()),
        "system": seconds(usage.system_time()),
        "memory": usage.max_rss() * unit,
        "waits": usage.voluntary_context_switches(),
        "status": status.code(),
    });
    std::fs::write(out, report.to_string())?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
