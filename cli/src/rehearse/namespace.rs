//! Goes into namespaces of its own (Linux only): users, mounts and a network in which there is nothing but this machine's loopback, with
//! a hosts file in which the Store's names lead there.

use super::stage::BLOB_HOST;
use crate::report::{Exit, Failure};
use flightline_emulator::serve::HOSTS;
use rustix::mount::{MountPropagationFlags, mount_bind, mount_change};
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType};
use rustix::thread::UnshareFlags;
use std::fmt;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// What is done to leave the rest of the machine behind.
#[derive(Debug, Clone, Copy)]
enum Step {
    Door,
    Users,
    Ids,
    Mounts,
    Network,
    Loopback,
    Apart,
    Cover(&'static str),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Door => f.write_str("coming to the process outside"),
            Self::Users => f.write_str("making a user namespace"),
            Self::Ids => f.write_str("naming the users of the new namespace"),
            Self::Mounts => f.write_str("making a mount namespace"),
            Self::Network => f.write_str("making a network namespace"),
            Self::Loopback => f.write_str("bringing up the loopback of the new network"),
            Self::Apart => f.write_str("keeping mounts to ourselves"),
            Self::Cover(path) => write!(f, "covering {path} with a file of our own"),
        }
    }
}

/// Sockets by which daemons outside would look names up for the command.
const RESOLVERS: [&str; 4] = [
    "/run/systemd/resolve/io.systemd.Resolve",
    "/run/systemd/resolve/io.systemd.Resolve.Monitor",
    "/run/nscd/socket",
    "/run/avahi-daemon/socket",
];

/// Takes this process, which must have one thread, into namespaces of its own. `folder` is that of the process outside.
pub(crate) fn enter(folder: &Path) -> Result<(), Failure> {
    leave(folder).map_err(|(step, error)| {
        let message = format!("the command was not run: {step} failed: {error}");
        remedies(step, &error).into_iter().fold(Failure::of(Exit::Trouble, "no-isolation", message), Failure::hint)
    })
}

fn leave(folder: &Path) -> Result<(), (Step, io::Error)> {
    let mut door = UnixStream::connect(folder.join("door")).map_err(|error| (Step::Door, error))?;
    unshare(UnshareFlags::NEWUSER).map_err(|error| (Step::Users, error))?;
    be_named(&mut door).map_err(|error| (Step::Ids, error))?;
    unshare(UnshareFlags::NEWNS).map_err(|error| (Step::Mounts, error))?;
    unshare(UnshareFlags::NEWNET).map_err(|error| (Step::Network, error))?;
    raise_loopback().map_err(|error| (Step::Loopback, error))?;
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .map_err(|error| (Step::Apart, error.into()))?;
    let names = [HOSTS.as_slice(), &[BLOB_HOST]].concat().join(" ");
    cover("/etc/hosts", folder, Need::Must, |before| hosts(before, &names))?;
    cover("/etc/nsswitch.conf", folder, Need::May, nsswitch)?;
    cover("/etc/resolv.conf", folder, Need::May, |_| "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n".to_owned())?;
    for socket in RESOLVERS {
        cover(socket, folder, Need::May, |_| String::new())?;
    }
    Ok(())
}

#[allow(deprecated, reason = "it is no longer called safe because of the flag for file descriptors, which is not among ours")]
fn unshare(flags: UnshareFlags) -> io::Result<()> {
    Ok(rustix::thread::unshare(flags)?)
}

/// Lets the process outside name the users, which nobody inside may do for more than one.
fn be_named(door: &mut UnixStream) -> io::Result<()> {
    door.write_all(b"!")?;
    door.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    door.read_to_string(&mut answer)?;
    if answer.is_empty() { Ok(()) } else { Err(io::Error::new(io::ErrorKind::PermissionDenied, answer)) }
}

/// Asks the kernel to bring up the first device, which in a new network is the loopback.
///
/// <https://man7.org/linux/man-pages/man7/rtnetlink.7.html>
fn raise_loopback() -> io::Result<()> {
    const RTM_NEWLINK: u16 = 16;
    const REQUEST_AND_ACK: u16 = 1 | 4;
    const UP: u32 = 1;
    let mut message = Vec::new();
    // The header: length, type, flags, number, port; then the device: family, type, index, flags, which of them change.
    message.extend(32_u32.to_ne_bytes());
    message.extend(RTM_NEWLINK.to_ne_bytes());
    message.extend(REQUEST_AND_ACK.to_ne_bytes());
    message.extend([0; 8]);
    message.extend([0; 4]);
    message.extend(1_i32.to_ne_bytes());
    message.extend(UP.to_ne_bytes());
    message.extend(UP.to_ne_bytes());
    // The protocol of routes and devices is the one with no number.
    let socket = rustix::net::socket(AddressFamily::NETLINK, SocketType::RAW, None)?;
    rustix::net::sendto(&socket, &message, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut answer = [0_u8; 256];
    let (length, _) = rustix::net::recv(&socket, &mut answer, RecvFlags::empty())?;
    // After the header comes an error number, negative, or nought.
    let code = answer[..length].get(16..20).and_then(|bytes| bytes.try_into().ok()).map(i32::from_ne_bytes);
    match code {
        Some(0) => Ok(()),
        Some(code) => Err(io::Error::from_raw_os_error(code.saturating_neg())),
        None => Err(io::Error::other("the kernel's answer is too short")),
    }
}

/// Whether a file has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Must,
    May,
}

/// Lays a file over another, made from what that one holds.
fn cover(path: &'static str, folder: &Path, need: Need, content: impl FnOnce(&str) -> String) -> Result<(), (Step, io::Error)> {
    if need == Need::May && !Path::new(path).exists() {
        return Ok(());
    }
    let failed = |error| (Step::Cover(path), error);
    let before = fs::read(path).unwrap_or_default();
    let own = folder.join(path.trim_start_matches('/').replace('/', "-"));
    fs::write(&own, content(&String::from_utf8_lossy(&before))).map_err(failed)?;
    mount_bind(&own, path).map_err(|error| failed(error.into()))
}

/// The machine's own names for itself, and the Store's.
fn hosts(before: &str, names: &str) -> String {
    let mut text = format!("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n127.0.0.1 {names}\n");
    let own = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if !own.trim().is_empty() {
        text.push_str(&format!("127.0.0.1 {}\n", own.trim()));
    }
    let is_ours = |name: &str| names.split(' ').any(|ours| ours.eq_ignore_ascii_case(name));
    for line in before.lines() {
        let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
        let is_here = words.first().and_then(|word| word.parse::<std::net::IpAddr>().ok()).is_some_and(|ip| ip.is_loopback());
        if is_here && !words.iter().any(|word| is_ours(word)) {
            text.push_str(&words.join(" "));
            text.push('\n');
        }
    }
    text
}

/// Looks hosts up in the file alone: what else can be asked is outside, or does not answer.
fn nsswitch(before: &str) -> String {
    let others = before.lines().filter(|line| !line.trim_start().starts_with("hosts:"));
    others.chain(["hosts: files"]).map(|line| format!("{line}\n")).collect()
}

/// What can be done about a step that failed, by what the kernel says of itself.
fn remedies(step: Step, error: &io::Error) -> Vec<String> {
    let setting = |path: &str| fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    let is = |path: &str, value: &str| setting(path).as_deref() == Some(value);
    let mut remedies = Vec::new();
    let refused = error.kind() == io::ErrorKind::PermissionDenied;
    if !Path::new("/proc/self/ns/user").exists() {
        remedies.push("this kernel has no user namespaces, or /proc is not mounted".to_owned());
    }
    let limit = match step {
        Step::Users => Some("max_user_namespaces"),
        Step::Mounts => Some("max_mnt_namespaces"),
        Step::Network => Some("max_net_namespaces"),
        Step::Door | Step::Ids | Step::Loopback | Step::Apart | Step::Cover(_) => None,
    };
    if let Some(limit) = limit.filter(|_| error.kind() == io::ErrorKind::StorageFull) {
        remedies.push(format!("so many may be made, and no more: `sysctl -w user.{limit}=10000` as root allows more"));
    }
    if refused && is("/proc/sys/kernel/unprivileged_userns_clone", "0") {
        remedies.push(
            "only root may make user namespaces here: `sysctl -w kernel.unprivileged_userns_clone=1` as root allows it to all"
                .to_owned(),
        );
    }
    if refused && is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1") {
        remedies.push(
            "AppArmor keeps programs without a profile from using user namespaces: give this one a profile with `userns,`, or \
             `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0` as root"
                .to_owned(),
        );
    }
    let status = setting("/proc/self/status").unwrap_or_default();
    if refused && status.lines().any(|line| line.split_whitespace().eq(["Seccomp:", "2"])) {
        remedies.push(
            "a system call filter is at work, as in most containers: Docker and Podman leave it out with \
             `--security-opt seccomp=unconfined --security-opt apparmor=unconfined`, or run the container with `--privileged`"
                .to_owned(),
        );
    }
    if let Step::Cover(path) = step
        && error.kind() == io::ErrorKind::NotFound
    {
        remedies.push(format!("make an empty {path}: a file that is not there cannot be covered"));
    }
    if matches!(step, Step::Users) && refused && remedies.is_empty() {
        remedies.push("in a chroot, and under some security modules, user namespaces cannot be made".to_owned());
    }
    remedies.push(
        "with --no-isolation the command runs beside the Store; it then has to be told the addresses, and can still reach the real one"
            .to_owned(),
    );
    remedies
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stores_names_lead_to_the_loopback_whatever_the_machine_says() {
        let before = "127.0.0.1 localhost # us\n127.0.1.1\tmachine\n192.0.2.7 printer\n127.0.0.9 Login.Windows.Net\n10.0.0.1 login.windows.net\n";
        let text = hosts(before, "login.windows.net x.blob.core.windows.net");
        let names: Vec<&str> = text.lines().filter(|line| line.contains("login.windows.net")).collect();
        assert_eq!(names, ["127.0.0.1 login.windows.net x.blob.core.windows.net"]);
        assert!(text.contains("127.0.1.1 machine\n") && !text.contains("printer") && !text.contains("Windows"), "{text}");
    }

    #[test]
    fn hosts_are_looked_up_in_the_file_alone() {
        let text = nsswitch("passwd: files systemd\n hosts: mymachines resolve [!UNAVAIL=return] files dns\nnetworks: files\n");
        assert_eq!(text, "passwd: files systemd\nnetworks: files\nhosts: files\n");
    }
}
