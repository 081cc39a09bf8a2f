//! The process outside the namespaces (Linux only): starts itself again, says which users there are inside, and waits.

use super::process::Signals;
use super::stage;
use crate::args::INSIDE;
use crate::report::{Exit, Failure};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::process::Command;

/// The program that runs, wherever its file is by now.
const SELF: &str = "/proc/self/exe";

/// Runs the rehearsal in a process of its own, which goes into namespaces of its own.
pub(crate) async fn run() -> Result<Exit, Failure> {
    let folder = stage::folder()?;
    let door = folder.path().join("door");
    let listener =
        UnixListener::bind(&door).map_err(|error| Failure::trouble("door", &error).within(&door.display().to_string()))?;
    let mut line = std::env::args_os();
    let name = line.next().unwrap_or_else(|| "flightline".into());
    let failed = |error: io::Error| {
        let message = format!("the command was not run: starting {SELF} again failed: {error}");
        Failure::of(Exit::Trouble, "no-isolation", message).hint("a rehearsal needs /proc")
    };
    let signals = Signals::listen().map_err(failed)?;
    let mut inside = Command::new(SELF);
    inside.arg0(&name).args(line).env(INSIDE, folder.path());
    let mut inside = inside.spawn().map_err(failed)?;
    let pid = inside.id();
    // Where it ends before it comes to the door, it has said why.
    let visitor = tokio::select! {
        came = listener.accept() => came.ok().map(|(visitor, _)| visitor),
        _ = inside.wait() => None,
    };
    if let (Some(mut visitor), Some(pid)) = (visitor, pid) {
        // What goes wrong here goes wrong for the other side too, which then tells it.
        let _ = admit(&mut visitor, pid).await;
    }
    // The door stays open, and nobody answers: by that the other side knows that we are there.
    let code = signals.wait(inside, std::future::pending()).await.map_err(failed)?;
    drop(listener);
    Ok(Exit::Passed(code))
}

/// Is over when the process outside is gone.
pub(super) async fn gone(door: &Path) {
    if let Ok(mut stream) = UnixStream::connect(door).await {
        let _ = stream.read_u8().await;
    }
}

/// Waits until the visitor has its own user namespace, and says who is who in it.
async fn admit(visitor: &mut UnixStream, pid: u32) -> io::Result<()> {
    visitor.read_u8().await?;
    let answer = match name_users(pid) {
        Ok(()) => String::new(),
        Err(error) => error,
    };
    visitor.write_all(answer.as_bytes()).await
}

/// Every id stays what it is, as far as we may say so: root may for all, everybody else for themselves.
fn name_users(pid: u32) -> Result<(), String> {
    let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let folder = PathBuf::from(format!("/proc/{pid}"));
    if let Ok(all) = identity("/proc/self/uid_map")
        && fs::write(folder.join("uid_map"), all).is_ok()
    {
    } else {
        write(&folder.join("uid_map"), &format!("{user} {user} 1"))?;
    }
    if let Ok(all) = identity("/proc/self/gid_map")
        && fs::write(folder.join("gid_map"), all).is_ok()
    {
        return Ok(());
    }
    // Whoever may not give groups away has to do without the call that changes them.
    write(&folder.join("setgroups"), "deny")?;
    write(&folder.join("gid_map"), &format!("{group} {group} 1"))
}

/// A map of all ids that we know to themselves.
fn identity(map: &str) -> io::Result<String> {
    let ours = fs::read_to_string(map)?;
    let lines = ours.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let (first, _, count) = (words.next()?, words.next()?, words.next()?);
        Some(format!("{first} {first} {count}\n"))
    });
    Ok(lines.collect())
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
