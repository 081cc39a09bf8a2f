//! Rehearsals in namespaces of their own (Linux only). Where the machine allows none, the tests hold the message instead, and say so.

#![allow(clippy::print_stdout, reason = "what a machine does not allow is not tried, and that is said")]

use super::US;
use crate::support::{APP, Msix, Person, Process, Run};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Duration;

/// Somebody who can rehearse here. `None` where the machine does not let anybody, and then it was said why.
fn person() -> Option<Person> {
    let person = Person::new();
    let run = person.run(&["rehearse", "--", US, "--version"]);
    if run.out.is_empty() {
        let run = run.ends(1).tells("the command was not run").tells("--no-isolation");
        assert_eq!(run.error()["code"], "no-isolation");
        println!("not tried, this machine isolates nothing: {}", run.error()["message"]);
        return None;
    }
    run.ends(0);
    Some(person)
}

fn rehearse(person: &Person, options: &[&str], command: &[&str]) -> Run {
    person.run(&[&["rehearse"], options, &["--"], command].concat())
}

/// A line of shell in a rehearsal.
fn shell(person: &Person, script: &str) -> Run {
    rehearse(person, &[], &["sh", "-c", script, US])
}

#[test]
fn the_store_has_the_names_of_the_real_one() {
    let Some(person) = person() else { return };
    let package = Msix::version("1.1.0.0").give(&person);
    let run = rehearse(&person, &["--report", "seen.json"], &[US, "publish", &package, "--app", APP]).ends(0);
    assert_eq!(run.json()["outcome"], "delivered");
    let report = person.report("seen.json");
    let requests = report["store"]["requests"].as_array().expect("a list").iter();
    let mut hosts: Vec<&str> = requests.filter_map(|request| request["host"].as_str()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let expected = ["flightlineprod1.blob.core.windows.net", "login.microsoftonline.com", "manage.devcenter.microsoft.com"];
    assert_eq!(hosts, expected);
}

#[test]
fn the_exit_code_and_the_signal_are_the_commands() {
    let Some(person) = person() else { return };
    shell(&person, "echo out; echo err >&2; exit 7").ends(7).shows("out\n").tells("err\n").tells("ended with 7");
    shell(&person, "kill -TERM $$").ends(143).silent();
    rehearse(&person, &[], &["no-such-program"]).ends(2).silent().tells("no-such-program");
}

#[test]
fn the_environment_is_the_accounts() {
    let Some(person) = person() else { return };
    let person =
        person.env("https_proxy", "http://192.0.2.1:3128").env("ALL_PROXY", "socks5://192.0.2.1").env("SSL_CERT_DIR", "/none");
    let run = shell(&person.env("MINE", "kept"), "env").ends(0);
    let value = |name: &str| run.out.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned);
    for (name, expected) in [
        ("FLIGHTLINE_APPLICATION_ID", APP),
        ("FLIGHTLINE_IN_APP_PRODUCT_ID", "9NBQY01TDES5"),
        ("FLIGHTLINE_FLIGHT_ID", "e2a4b9d7-05c6-4f18-93be-7d60a1c2f384"),
        ("FLIGHTLINE_CLIENT_ID", "b7e0d6c4-81f9-4a35-a2c8-0f9d3e5b7142"),
        ("FLIGHTLINE_API_URL", "https://manage.devcenter.microsoft.com"),
        ("FLIGHTLINE_LOGIN_URL", "https://login.microsoftonline.com"),
        ("MINE", "kept"),
    ] {
        assert_eq!(value(name).as_deref(), Some(expected), "{name}");
    }
    let trusted = value("FLIGHTLINE_CA_FILE").expect("a certificate");
    for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
        assert_eq!(value(name).as_ref(), Some(&trusted), "{name}");
    }
    for name in ["FLIGHTLINE_TENANT_ID", "FLIGHTLINE_CLIENT_SECRET", "FLIGHTLINE_CONTROL_URL", "FLIGHTLINE_STATE"] {
        assert!(value(name).is_some_and(|value| !value.is_empty()), "{name}");
    }
    for name in ["https_proxy", "ALL_PROXY", "SSL_CERT_DIR", "FLIGHTLINE_REHEARSAL"] {
        assert_eq!(value(name), None, "{name}");
    }
}

#[test]
fn nothing_gets_out() {
    let Some(person) = person() else { return };
    let run = shell(&person, "cat /proc/net/dev; cat /proc/net/route").ends(0);
    let devices: Vec<&str> = run.out.lines().filter_map(|line| Some(line.split_once(':')?.0.trim())).collect();
    assert!(
        devices.contains(&"lo") && !devices.iter().any(|name| name.starts_with("eth") || name.starts_with("en")),
        "{}",
        run.out
    );
    assert_eq!(run.out.lines().skip_while(|line| !line.starts_with("Iface")).count(), 1, "there is a route: {}", run.out);
    // And by trying: this very test program, in a rehearsal.
    let own = std::env::current_exe().expect("a path");
    let own = own.to_str().expect("a plain path");
    let person = person.env("FLIGHTLINE_TEST_INSIDE", "1");
    let run = rehearse(&person, &[], &[own, "--exact", "rehearse::isolated::inside_nobody_else_answers", "--nocapture"]).ends(0);
    run.shows("tried, from inside");
}

/// Does nothing unless the test above runs it in a rehearsal.
#[test]
#[allow(clippy::disallowed_methods, reason = "a test that is run by another one is told so")]
fn inside_nobody_else_answers() {
    if std::env::var_os("FLIGHTLINE_TEST_INSIDE").is_none() {
        return;
    }
    for address in ["192.0.2.1:443", "10.0.0.1:53", "169.254.169.254:80", "[2001:db8::1]:443"] {
        let address: SocketAddr = address.parse().expect("an address");
        let error = TcpStream::connect_timeout(&address, Duration::from_secs(30)).expect_err("nobody is there");
        let at_once = [ErrorKind::NetworkUnreachable, ErrorKind::HostUnreachable, ErrorKind::AddrNotAvailable];
        assert!(at_once.contains(&error.kind()), "{address}: {error}");
    }
    for name in ["login.microsoftonline.com", "login.windows.net", "manage.devcenter.microsoft.com"] {
        let found: Vec<IpAddr> = (name, 443).to_socket_addrs().expect("it is known").map(|address| address.ip()).collect();
        assert!(!found.is_empty() && found.iter().all(|ip| *ip == Ipv4Addr::LOCALHOST), "{name}: {found:?}");
        TcpStream::connect((name, 443)).expect("the Store answers");
    }
    assert!(("example.com", 443).to_socket_addrs().is_err(), "somebody outside was asked");
    println!("tried, from inside");
}

#[test]
fn the_user_stays_who_they_are() {
    let Some(person) = person() else { return };
    let outside = Command::new("id").arg("-u").output().expect("id");
    let run = shell(&person, "id -u; echo made > made; cat made").ends(0);
    assert_eq!(run.out, format!("{}made\n", String::from_utf8_lossy(&outside.stdout)));
}

#[test]
fn an_ordinary_user_can_rehearse_as_well() {
    let Some(person) = person() else { return };
    // Only root can become somebody else, and only where they can reach the program.
    std::fs::set_permissions(person.home(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).expect("the folder is opened");
    let mut command = person.command();
    command.args(["rehearse", "--", US, "apps", "list"]).uid(65534).gid(65534);
    match command.output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            if output.status.code() == Some(1) && said.contains("the command was not run") {
                println!("not allowed to ordinary users here: {said}");
                return;
            }
            assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains(APP), "{said}");
        }
        Err(error) => println!("not tried: {error}"),
    }
}

#[test]
fn a_rehearsal_can_be_in_a_rehearsal() {
    let Some(person) = person() else { return };
    let run = rehearse(&person, &["--quiet"], &[US, "rehearse", "--quiet", "--", US, "apps", "list"]).ends(0);
    assert_eq!(run.json()[0]["id"], APP);
}

#[test]
fn where_no_namespace_can_be_made_it_is_said_and_nothing_is_run() {
    let Some(person) = person() else { return };
    let limit = "/proc/sys/user/max_user_namespaces";
    // A limit for what is in the rehearsal, which only somebody with rights over it can set: root, in theirs.
    let script = format!("(echo 0 > {limit}) 2>/dev/null && exec \"$0\" rehearse -- echo was run");
    let run = rehearse(&person, &["--quiet"], &["sh", "-c", &script, US]).silent();
    if run.err.is_empty() {
        println!("not tried: the limit cannot be set here");
        return;
    }
    let run = run.ends(1).tells("the command was not run: making a user namespace failed");
    assert_eq!(run.error()["code"], "no-isolation");
    assert!(run.error()["remedy"].as_str().is_some_and(|remedy| remedy.contains("user.max_user_namespaces")), "{}", run.shown());
}

/// A rehearsal of a command that says when it is there, and that it was asked to end.
fn waiting(person: &Person, signal: &str) -> Process {
    let script = format!("trap 'echo asked to end; exit 5' {signal}; echo there; while :; do sleep 0.05; done");
    let mut command = person.command();
    // In front of no terminal, as in CI.
    command.args(["rehearse", "--", "sh", "-c", &script]).process_group(0);
    let mut process = Process::start(&mut command, None);
    process.until("there");
    process
}

fn send(signal: &str, process: &Process) {
    let status = Command::new("sh").args(["-c", &format!("kill -{signal} {}", process.id())]).status();
    assert!(status.expect("sh").success());
}

#[test]
fn a_signal_goes_to_the_command_and_the_end_is_in_order() {
    let Some(person) = person() else { return };
    for signal in ["INT", "TERM"] {
        let process = waiting(&person, signal);
        send(signal, &process);
        process.finish(&["rehearse"]).ends(5).shows("asked to end").tells("ended with 5");
    }
    assert_eq!(std::fs::read_dir(person.home()).expect("a folder").count(), 0, "nothing is left");
}

#[test]
fn a_command_does_not_outlive_a_rehearsal_that_was_killed() {
    let Some(person) = person() else { return };
    let mut process = waiting(&person, "TERM");
    send("KILL", &process);
    process.until("asked to end");
}
