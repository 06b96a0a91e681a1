//! `docker-compose.yml`, `Dockerfile` and `config/` agree with each other and with the programs, as
//! far as that can be seen without starting a container.

use baton_adapters::config::{self, Backend, Config};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("a workspace").to_owned()
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn compose() -> Value {
    serde_saphyr::from_str(&text("docker-compose.yml")).expect("YAML")
}

fn services(compose: &Value) -> &serde_json::Map<String, Value> {
    compose["services"].as_object().expect("services")
}

fn strings(value: &Value) -> Vec<&str> {
    let all = value.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter()
        .map(|item| item.as_str().unwrap_or_else(|| panic!("a text: {item}")))
        .collect()
}

/// The environment of a service as Baton would find it, with the container's paths as they are here.
fn settings(service: &Value) -> Config {
    let given = service["environment"].as_object().expect("an environment");
    let volumes = strings(&service["volumes"]);
    let here = |value: &str| {
        let bound = volumes.iter().find_map(|volume| {
            let mut parts = volume.split(':');
            let (from, to) = (parts.next()?, parts.next()?);
            (to == value).then(|| root().join(from))
        });
        bound.map_or(value.to_owned(), |path| path.display().to_string())
    };
    let variables = given.iter().filter_map(|(name, value)| {
        let value = value.as_str().unwrap_or_else(|| panic!("{name} is quoted"));
        // The worker is given the orchestrator's variables too, and not its folder.
        (name != "BATON__WORKFLOWS").then(|| (name.clone(), here(value)))
    });
    Config::read(None, variables, "baton-worker").expect("the environment means something")
}

/// Every program of the workspace.
fn programs() -> Vec<String> {
    let manifest = text("Cargo.toml");
    let members = manifest.split_once("members = [").expect("members").1;
    let members = members.split_once(']').expect("members").0;
    let mut programs = Vec::new();
    for member in members.split(',') {
        let folder = member.trim().trim_matches('"');
        // What only tests or measures Baton belongs to no image.
        let tests = ["tests", "bench"]
            .iter()
            .any(|top| Path::new(folder).starts_with(top));
        if tests || !root().join(folder).join("src/main.rs").exists() {
            continue;
        }
        let manifest = text(&format!("{folder}/Cargo.toml"));
        let named = manifest
            .split_once("[[bin]]")
            .map_or(&*manifest, |(_, bin)| bin);
        let name = named.split_once("name = \"").expect("a name").1;
        programs.push(name.split('"').next().expect("a name").to_owned());
    }
    programs
}

/// Where each service can be reached: by its name, at the port its program listens on.
fn places(compose: &Value) -> BTreeMap<String, String> {
    let mut places = BTreeMap::new();
    for (name, service) in services(compose) {
        let image = service["image"].as_str().expect("an image");
        let command = strings(&service["command"]);
        let listen = command
            .iter()
            .skip_while(|word| **word != "--listen")
            .nth(1);
        let port = match (image.split(':').next(), listen) {
            (Some("redis"), _) => "6379",
            (Some("rabbitmq"), _) => "5672",
            (_, Some(listen)) => listen.rsplit(':').next().expect("a port"),
            _ => continue,
        };
        places.insert(name.clone(), port.to_owned());
    }
    places
}

/// Host and port of a URL.
fn place(url: &str) -> (String, String) {
    let rest = url.split_once("://").expect("a scheme").1;
    let authority = rest.split('/').next().expect("an authority");
    let at = authority.rsplit('@').next().expect("a host");
    let (host, port) = at.split_once(':').expect("a port");
    (host.to_owned(), port.to_owned())
}

#[test]
fn the_environment_is_enough_for_both_programs() {
    let compose = compose();
    for name in ["orchestrator", "worker"] {
        let config = settings(&services(&compose)[name]);
        assert!(
            !config.catalogue.services.is_empty(),
            "{name} has a catalogue"
        );
        let beyond = !config.api.listen.ip().is_loopback();
        assert!(
            beyond && config.api.insecure,
            "{name} can be reached in its network"
        );
    }
    let orchestrator = &services(&compose)["orchestrator"];
    let workflows = &orchestrator["environment"]["BATON__WORKFLOWS"];
    let workflows = workflows.as_str().expect("a folder");
    let volumes = strings(&orchestrator["volumes"]);
    let volume = volumes.iter().find(|volume| volume.contains(workflows));
    let folder = volume
        .and_then(|volume| volume.split(':').next())
        .expect("it is bound");
    assert!(root().join(folder).join("order.yaml").exists(), "{folder}");
    let replicas = &services(&compose)["worker"]["deploy"]["replicas"];
    assert_eq!(replicas, 2);
}

#[test]
fn every_place_that_is_named_is_there() {
    let compose = compose();
    let places = places(&compose);
    let config = settings(&services(&compose)["worker"]);
    let Backend::Brokers(brokers) = &config.backend else {
        panic!("brokers are named");
    };
    let mut urls = vec![&brokers.store.url, &brokers.queue.url];
    urls.extend(
        config
            .catalogue
            .services
            .values()
            .map(|service| &service.url),
    );
    for url in urls {
        let (host, port) = place(url);
        assert_eq!(places.get(&host), Some(&port), "{url}");
    }
    let login = &services(&compose)["rabbitmq"]["environment"];
    let text = |name: &str| login[name].as_str().expect("a text");
    let login = [text("RABBITMQ_DEFAULT_USER"), text("RABBITMQ_DEFAULT_PASS")].join(":");
    assert!(
        brokers.queue.url.contains(&format!("//{login}@")),
        "the user is the broker's"
    );
}

#[test]
fn the_programs_are_built_and_copied() {
    let (compose, docker, programs) = (compose(), text("Dockerfile"), programs());
    let mut ours = 0;
    for (name, service) in services(&compose) {
        if service["build"].is_null() {
            continue;
        }
        let command = strings(&service["command"]);
        let program = command.first().expect("a command");
        assert!(
            programs.iter().any(|known| known == program),
            "{name}: {program}"
        );
        ours += 1;
    }
    assert_eq!(ours, 3);
    for program in &programs {
        let copied = docker
            .split_whitespace()
            .any(|word| word == format!("target/release/{program}"));
        assert!(copied, "the Dockerfile copies {program}");
    }
    let toolchain = text("rust-toolchain.toml");
    let channel = toolchain.split_once("channel = \"").expect("a channel").1;
    let channel = channel.split('"').next().expect("a channel");
    assert!(
        docker.contains(&format!("FROM rust:{channel}-")),
        "{channel} builds the image"
    );
}

#[test]
fn nothing_is_published_beyond_this_machine() {
    let compose = compose();
    let mut published = 0;
    for (name, service) in services(&compose) {
        assert!(service["network_mode"].is_null(), "{name}");
        for port in strings(&service["ports"]) {
            assert!(port.starts_with("127.0.0.1:"), "{name}: {port}");
            published += 1;
        }
    }
    assert!(published > 0, "the API at least");
}

#[test]
fn redis_keeps_what_it_answers_and_evicts_nothing() {
    let compose = compose();
    let command = strings(&services(&compose)["redis"]["command"]);
    for flag in [
        ["--appendonly", "yes"],
        ["--appendfsync", "always"],
        ["--maxmemory-policy", "noeviction"],
    ] {
        assert!(
            command.windows(2).any(|two| two == flag),
            "{flag:?} in {command:?}"
        );
    }
    assert!(
        !services(&compose)["redis"]["volumes"].is_null(),
        "its file outlives it"
    );
}

#[test]
fn who_waits_for_health_waits_for_somebody_who_tells_it() {
    let compose = compose();
    for (name, service) in services(&compose) {
        let Some(waits) = service["depends_on"].as_object() else {
            continue;
        };
        for (other, how) in waits {
            let awaited = services(&compose).get(other);
            let awaited = awaited.unwrap_or_else(|| panic!("{name} waits for {other}"));
            assert_eq!(
                how["condition"], "service_healthy",
                "{name} waits for {other}"
            );
            assert!(
                !awaited["healthcheck"]["test"].is_null(),
                "{other} tells its health"
            );
        }
    }
}

#[test]
fn the_catalogue_differs_from_the_examples_in_its_urls_alone() {
    let read = |path: &str| config::catalogue(&root().join(path)).expect("a catalogue");
    let (ours, mut examples) = (read("config/services.yaml"), read("examples/services.yaml"));
    for service in examples.services.values_mut() {
        service.url = service
            .url
            .replace("127.0.0.1:7071", "example-services:7071");
    }
    assert_eq!(ours, examples);
}

/// The commented file says what holds without it.
#[test]
fn the_commented_settings_are_the_defaults() {
    let file = root().join("config/baton.yaml");
    let brokers = [
        ("BATON__STORE__URL", "redis://127.0.0.1:6379"),
        ("BATON__QUEUE__URL", "amqp://guest:guest@127.0.0.1:5672/%2f"),
    ];
    let brokers = brokers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let written = Config::read(Some(&file), [], "baton-worker").expect("means something");
    let default = Config::read(None, brokers, "baton-worker").expect("means something");
    assert!(written == default, "config/baton.yaml has another default");
    let text = text("config/baton.yaml");
    for setting in config::SETTINGS {
        let word = setting.rsplit('.').next().expect("a word");
        assert!(
            text.contains(&format!("{word}:")),
            "config/baton.yaml tells of {setting}"
        );
    }
}
