//! Who reaches the API: TLS with an authority of our own, tokens, certificates of clients, and what
//! listens beyond this machine only when it is protected or somebody said so.

mod brokers;
mod world;

use baton_orchestrator::tokens::{TokenHash, generate};
use baton_tests::world::{Program, run, until};
use serde_json::Value;
use std::time::Duration;
use world::{Authority, SOON, World, assert_says};

#[tokio::test(flavor = "multi_thread")]
async fn only_the_right_authority_and_the_right_token_get_in() {
    let world = World::new();
    let settings = [world.tls(), world.tokens()];
    let world = world.start(&settings, "127.0.0.1");
    world.answers(&["workflows"], 0).await;

    world.write("other.pem", &Authority::new("others").pem);
    let (token, ours) = (
        ("BATON_TOKEN", world.token.clone()),
        ("BATON_CA", world.file("ca.pem")),
    );
    let other = ("BATON_CA", world.file("other.pem"));
    let untrusted = "authority that is not trusted here; name the right one with --ca FILE";
    assert_says(
        &world.say_with(&["list"], &[token.clone(), other]).await,
        3,
        untrusted,
    );
    assert_says(
        &world
            .say_with(&["list"], std::slice::from_ref(&token))
            .await,
        3,
        untrusted,
    );
    let localhost = world.api.replace("127.0.0.1", "localhost");
    let said = world.say(&["list", "--api", &localhost]).await;
    assert_says(&said, 3, "its certificate is for another name");
    let plain = world.api.replace("https", "http");
    let said = world.say(&["list", "--api", &plain]).await;
    assert_says(&said, 3, "if it speaks TLS, write https://");
    let said = world.say(&["list", "--ca", "/nowhere/ca.pem"]).await;
    assert_says(&said, 2, "cannot read /nowhere/ca.pem: ");

    let missing = world.say_with(&["list"], std::slice::from_ref(&ours)).await;
    assert_says(
        &missing,
        1,
        "401 token-missing). Give a token with --token or in BATON_TOKEN.",
    );
    let wrong = generate().expect("randomness");
    let refused = world
        .say_with(&["list"], &[ours, ("BATON_TOKEN", wrong.clone())])
        .await;
    assert_says(&refused, 1, "(401 token-wrong)");
    let listed = world.say(&["list", "--json"]).await;
    assert_eq!(listed.exit, 0, "{listed:?}");

    let log = world.log();
    assert!(log.contains("no TLS handshake"), "all is told: {log}");
    for secret in [&world.token, &wrong] {
        assert!(!log.contains(secret.as_str()), "a token is in the log");
        assert!(!format!("{missing:?}{refused:?}{listed:?}").contains(secret.as_str()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_is_asked_for_where_an_authority_is_named() {
    let world = World::new();
    let clients = Authority::new("clients");
    let (cert, key) = clients.signs();
    world.write("clients.pem", &clients.pem);
    world.write("me.pem", &cert);
    world.write("me.key", &key);
    let asked = vec![("BATON__API__TLS__CLIENT_CA", world.file("clients.pem"))];
    let settings = [world.tls(), world.tokens(), asked];
    let world = world.start(&settings, "127.0.0.1");
    let (cert, key) = (world.file("me.pem"), world.file("me.key"));
    world
        .answers(&["list", "--cert", &cert, "--key", &key], 0)
        .await;
    assert_says(&world.say(&["list"]).await, 3, "--cert FILE and --key FILE");
    // Ours, but not of the authority for clients.
    let (cert, key) = (world.file("cert.pem"), world.file("key.pem"));
    let said = world.say(&["list", "--cert", &cert, "--key", &key]).await;
    assert_eq!(said.exit, 3, "{said:?}");
    let said = world.say(&["list", "--cert", &cert]).await;
    assert_says(&said, 2, "--cert and --key belong together");
    // A certificate is no token.
    let (cert, key) = (world.file("me.pem"), world.file("me.key"));
    let no_token = [("BATON_CA", world.file("ca.pem"))];
    let words = ["list", "--cert", &cert, "--key", &key];
    let said = world.say_with(&words, &no_token).await;
    assert_says(&said, 1, "401 token-missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_says_nothing_keeps_nobody_waiting() {
    let world = World::new();
    let settings = [world.tls(), world.tokens()];
    let world = world.start(&settings, "127.0.0.1");
    world.answers(&["list"], 0).await;
    let at = world.api.trim_start_matches("https://").to_owned();
    let silent: Vec<_> = (0..50)
        .map(|_| std::net::TcpStream::connect(&at).expect("connects"))
        .collect();
    let start = std::time::Instant::now();
    let said = world.say(&["list"]).await;
    assert_eq!(said.exit, 0, "{said:?}");
    // Less than a handshake may take: it did not wait for the silent ones to be given up.
    assert!(
        start.elapsed() < Duration::from_secs(8),
        "{:?}",
        start.elapsed()
    );
    drop(silent);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_and_certificates_change_while_it_runs() {
    let world = World::new();
    let settings = [world.tls(), world.tokens()];
    let mut world = world.start(&settings, "127.0.0.1");
    world.answers(&["list"], 0).await;
    let old = std::mem::replace(&mut world.token, generate().expect("randomness"));
    world.write("tokens", &TokenHash::of(&world.token).to_string());
    world.answers(&["list"], 0).await;
    let said = world.say(&["list", "--token", &old]).await;
    assert_says(&said, 1, "(401 token-wrong)");
    // A slip locks nobody out, and is told.
    world.write("tokens", "bat_written-by-mistake");
    let told = async || {
        let passed = world.say(&["list"]).await.exit == 0;
        let told = world.log().contains("line 1: this is no token's hash");
        (passed && told).then_some(())
    };
    until("the slip is told", SOON, told).await;
    assert!(!world.log().contains("written-by-mistake"));
    // No token left: nobody passes, rather than everybody.
    world.write("tokens", "# none");
    world.answers(&["list"], 1).await;
    world.write("tokens", &TokenHash::of(&world.token).to_string());
    world.answers(&["list"], 0).await;

    world.certify(&Authority::new("next"));
    world.answers(&["list"], 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_this_machine_it_listens_only_protected() {
    let world = World::new();
    let brokers = || {
        vec![
            ("BATON__STORE__URL", "redis://127.0.0.1:1".to_owned()),
            ("BATON__QUEUE__URL", "amqp://127.0.0.1:1/%2f".to_owned()),
            ("BATON__API__LISTEN", "0.0.0.0:0".to_owned()),
        ]
    };
    for (settings, lack) in [
        (
            vec![],
            "without TLS and a token: set api.tls.cert, api.tls.key and api.tokens",
        ),
        (
            world.tls(),
            "without a token: set api.tokens (`baton token new` makes one)",
        ),
        (
            world.tokens(),
            "without TLS: set api.tls.cert and api.tls.key",
        ),
    ] {
        let words = world.dev("0.0.0.0:0");
        let said = run("baton", &words, &settings);
        assert_says(&said, 1, "refusing to listen on 0.0.0.0:");
        assert_says(&said, 1, lack);
        let said = run(
            "baton-orchestrator",
            &[""; 0],
            &[brokers(), settings].concat(),
        );
        assert_says(&said, 1, "refusing to listen on 0.0.0.0:");
        assert_says(&said, 1, lack);
    }
    // Protected it listens, and warns of nothing.
    let settings = [world.tls(), world.tokens()];
    let world = world.start(&settings, "0.0.0.0");
    let said = world.answers(&["doctor"], 0).await;
    assert!(said.out.contains("no problem"), "{said:?}");
    assert!(!world.log().contains("WARN"), "{}", world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn insecure_is_warned_of_at_every_start() {
    let mut world = World::new();
    world.api = world.api.replace("https", "http");
    let insecure = vec![("BATON__API__INSECURE", "true".to_owned())];
    let settings = [world.tokens(), insecure];
    for starts in 1..=2 {
        world = world.start(&settings, "0.0.0.0");
        let said = world.answers(&["doctor"], 1).await;
        assert!(
            said.out.contains("reachable beyond this machine"),
            "{said:?}"
        );
        let log = world.log();
        let warned = log
            .lines()
            .filter(|line| line.contains("WARN") && line.contains("without TLS"));
        assert_eq!(warned.count(), starts, "{log}");
        world.baton = None;
    }
    // The token that goes there is warned of as well; nothing goes unencrypted on this machine.
    let note = "the token goes to http://192.0.2.1:1 unencrypted";
    let said = world.say(&["list", "--api", "http://192.0.2.1:1"]).await;
    assert_says(&said, 3, note);
    assert!(!said.err.contains(&world.token), "{said:?}");
    assert!(!world.say(&["list"]).await.err.contains("unencrypted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_file_is_said_with_its_name() {
    let world = World::new();
    let other = Authority::new("other").signs();
    world.write("other.key", &other.1);
    world.write("empty.pem", "");
    world.write("none", "# no token\n");
    world.write("plain", "bat_s3cret\n");
    let tls = |cert: &str, key: &str| {
        vec![
            ("BATON__API__TLS__CERT", world.file(cert)),
            ("BATON__API__TLS__KEY", world.file(key)),
        ]
    };
    let tokens = |name: &str| vec![("BATON__API__TOKEN_FILE", world.file(name))];
    let file = |name: &str| world.file(name);
    for (settings, sentence) in [
        (
            tls("nowhere", "key.pem"),
            format!("cannot read {}: ", file("nowhere")),
        ),
        (
            tls("empty.pem", "key.pem"),
            format!("{} holds no certificate", file("empty.pem")),
        ),
        (
            tls("cert.pem", "cert.pem"),
            format!("{} holds no private key", file("cert.pem")),
        ),
        (
            tls("cert.pem", "other.key"),
            format!(
                "the key in {} does not belong to the certificate in {}",
                file("other.key"),
                file("cert.pem")
            ),
        ),
        (
            tokens("nowhere"),
            format!("cannot read the tokens in {}: ", file("nowhere")),
        ),
        (tokens("none"), format!("{} holds no token", file("none"))),
        (
            tokens("plain"),
            format!("{}, line 1: this is no token's hash", file("plain")),
        ),
        (
            vec![("BATON__API__TOKENS", "bat_s3cret".to_owned())],
            "the setting `api.tokens`, entry 1: this is no token's hash".to_owned(),
        ),
    ] {
        let said = run("baton", &world.dev("127.0.0.1:0"), &settings);
        assert!(
            said.exit != 0 && said.err.contains(&sentence),
            "{sentence}\n{said:?}"
        );
        assert!(!said.err.contains("s3cret"), "{said:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_is_away_the_door_is_guarded_as_well() {
    let mut world = World::new();
    let port = world.api.rsplit(':').next().expect("a port").to_owned();
    let mut settings = [world.tls(), world.tokens()].concat();
    settings.extend([
        ("BATON__STORE__URL", "redis://127.0.0.1:1".to_owned()),
        ("BATON__QUEUE__URL", "amqp://127.0.0.1:1/%2f".to_owned()),
        ("BATON__API__LISTEN", format!("127.0.0.1:{port}")),
    ]);
    let log = world.path("log");
    world.baton = Some(Program::logged(
        "baton-orchestrator",
        &[""; 0],
        &settings,
        &log,
    ));
    let said = world.answers(&["doctor"], 1).await;
    assert_says(&said, 1, "503 store-unavailable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_made_without_a_server() {
    let world = World::new();
    let said = world.say(&["token", "new", "--json"]).await;
    assert_eq!(said.exit, 0, "{said:?}");
    let made: Value = serde_json::from_str(&said.out).expect("JSON");
    let token = made["token"].as_str().expect("a token");
    assert_eq!(made["hash"], TokenHash::of(token).to_string());
    let said = world.say(&["token", "new"]).await;
    let lines: Vec<&str> = said.out.lines().collect();
    let [token, hash] = lines[..] else {
        panic!("two lines: {said:?}");
    };
    let token = token.strip_prefix("token  ").expect("named");
    assert_eq!(hash, format!("hash   {}", TokenHash::of(token)));
    assert!(
        said.err.contains("only now") && !said.err.contains(token),
        "{said:?}"
    );
}
