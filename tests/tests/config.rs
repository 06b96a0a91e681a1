//! What settings mean, and the sentence with which those are refused that mean nothing.

use baton_adapters::config::{Backend, Config, ConfigError, Dev, Format, SETTINGS};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

const REDIS: (&str, &str) = ("BATON__STORE__URL", "redis://:s3cret@redis:6379");
const RABBIT: (&str, &str) = ("BATON__QUEUE__URL", "amqp://app:s3cret@rabbit:5672/%2f");

fn own(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    variables.iter().map(own).collect()
}

/// The settings of an orchestrator with this file and these variables.
fn read(file: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = write(&folder, "baton.yaml", file);
    let config = Config::read(Some(&path), own(variables), "baton-orchestrator");
    config.map_err(|error| {
        let said = error.to_string();
        assert!(!said.contains("s3cret"), "{said}");
        said.replace(&path.display().to_string(), "FILE")
    })
}

fn write(folder: &TempDir, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("writes");
    path
}

#[test]
fn the_environment_alone_is_enough() {
    let config = Config::read(None, own(&[REDIS, RABBIT]), "baton-worker").expect("is enough");
    let Backend::Brokers(brokers) = &config.backend else {
        panic!("brokers are named");
    };
    let (store, queue) = (&brokers.store, &brokers.queue);
    assert_eq!(
        (store.url.as_str(), queue.url.as_str()),
        (REDIS.1, RABBIT.1)
    );
    assert_eq!(
        (
            store.partitions,
            store.prefix.as_str(),
            queue.prefix.as_str()
        ),
        (4, "baton", "baton")
    );
    assert!(queue.wait, "a RabbitMQ that is away is waited for");
    assert_eq!(config.api.listen.to_string(), "127.0.0.1:7070");
    assert_eq!(
        (config.api.insecure, config.api.body_limit),
        (false, 256 * 1024)
    );
    assert_eq!(config.retention, Duration::from_secs(7 * 86_400));
    assert_eq!(
        (config.log.format, config.log.level.as_str()),
        (Format::Text, "info")
    );
    assert!(config.services.is_empty() && config.catalogue.services.is_empty());
    let shown = format!("{:?}", config.backend.described());
    assert!(
        !shown.contains("s3cret") && shown.contains("amqp://app@rabbit:5672/%2f"),
        "{shown}"
    );
}

#[test]
fn the_environment_wins_over_the_file() {
    let file = "
store: { url: 'redis://a', partitions: 4 }
queue: { url: 'amqp://b/%2f', prefix: shop }
api: { listen: '0.0.0.0:1', bodyLimit: 1000 }
log: { format: json }
retention: 30d
secrets:
";
    let config = read(file, &[]).expect("means something");
    assert_eq!((config.partitions, config.api.body_limit), (4, 1000));
    assert_eq!(
        (config.retention.as_secs(), config.log.format),
        (30 * 86_400, Format::Json)
    );
    let variables = [
        ("BATON__STORE__PARTITIONS", "8"),
        ("BATON__API__BODY_LIMIT", "2000"),
        ("BATON__API__INSECURE", "true"),
        ("BATON__LOG__LEVEL", "debug"),
        ("BATON__RETENTION", ""),
        ("BATON_SECRET_X", "not a setting"),
    ];
    let config = read(file, &variables).expect("means something");
    assert_eq!((config.partitions, config.api.body_limit), (8, 2000));
    assert!(config.api.insecure && config.log.level == "debug");
    assert_eq!(
        config.retention.as_secs(),
        30 * 86_400,
        "an empty variable says nothing"
    );
    assert!(matches!(config.backend, Backend::Brokers(brokers) if brokers.queue.prefix == "shop"));
}

#[test]
fn tls_and_tokens_of_the_api() {
    let file = "
api:
  tls: { cert: c.pem, key: k.pem, clientCa: ca.pem }
  tokens: ['sha256:a', 'sha256:b']
  tokenFile: tokens
";
    let config = read(file, &[REDIS, RABBIT]).expect("means something");
    let tls = config.api.tls.expect("files are named");
    let paths = (tls.cert, tls.key, tls.client_ca);
    assert_eq!(
        paths,
        ("c.pem".into(), "k.pem".into(), Some("ca.pem".into()))
    );
    assert_eq!(config.api.tokens, ["sha256:a", "sha256:b"]);
    assert_eq!(config.api.token_file, Some("tokens".into()));
    let variables = [
        REDIS,
        RABBIT,
        ("BATON__API__TOKENS", "sha256:c, sha256:d"),
        ("BATON__API__TLS__CLIENT_CA", "other.pem"),
    ];
    let config = read(file, &variables).expect("means something");
    assert_eq!(config.api.tokens, ["sha256:c", "sha256:d"]);
    let tls = config.api.tls.expect("files are named");
    assert_eq!(tls.client_ca, Some("other.pem".into()));
}

/// File, variables beside those of the brokers, and what is said.
type Refused = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

const REFUSED: &[Refused] = &[
    (
        "stroe: { url: x }",
        &[],
        "FILE: there is no setting `stroe`",
    ),
    (
        "store: { ulr: x }",
        &[],
        "FILE: there is no setting `store.ulr`; did you mean `store.url`?",
    ),
    ("api: { bodyLimt: 1 }", &[], "did you mean `api.bodyLimit`?"),
    (
        "",
        &[("BATON__QUEUE__PREFX", "x")],
        "environment: there is no setting `BATON__QUEUE__PREFX`; did you mean `BATON__QUEUE__PREFIX`?",
    ),
    (
        "store: 'redis://:s3cret@h'",
        &[],
        "`store` holds settings below it, not a value",
    ),
    (
        "queue: { url: [a, s3cret] }",
        &[],
        "`queue.url` is one value, not a list",
    ),
    ("retention: { days: 7 }", &[], "`retention` is one value"),
    ("api: [", &[], "the settings in FILE cannot be read: "),
    (
        "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n\
         d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nstore: { url: *e }",
        &[],
        "the settings in FILE cannot be read: ",
    ),
    ("- a", &[], "the settings in FILE cannot be read: "),
    ("store: { partitions: many }", &[], "`store.partitions`"),
    (
        "store: { partitions: 0 }",
        &[],
        "`store.partitions` is 0: it must be 1 to 1024",
    ),
    (
        "store: { partitions: 70000 }",
        &[],
        "`store.partitions` is 70000",
    ),
    ("store: { partitions: -1 }", &[], "`store.partitions`"),
    (
        "api: { listen: localhost }",
        &[],
        "`api.listen` is `localhost`: write an IP address and a port",
    ),
    ("api: { insecure: perhaps }", &[], "`api.insecure`"),
    ("api: { bodyLimit: 0 }", &[], "`api.bodyLimit` is 0"),
    ("log: { format: xml }", &[], "log.format"),
    (
        "retention: 7 days",
        &[],
        "`retention` cannot be used: `7 days` is no duration",
    ),
    (
        "",
        &[("BATON__STORE__URL", "postgres://u:s3cret@h")],
        "`store.url` is `postgres://…`: write embedded:DIR, redis://… or rediss://…",
    ),
    (
        "",
        &[("BATON__STORE__URL", "u:s3cret@h")],
        "`store.url` is without a scheme",
    ),
    (
        "",
        &[("BATON__QUEUE__URL", "redis://:s3cret@h")],
        "`queue.url` is `redis://…`",
    ),
    (
        "",
        &[("BATON__STORE__URL", "embedded:here")],
        "the store is embedded and the queue is RabbitMQ",
    ),
    (
        "",
        &[("BATON__QUEUE__URL", "embedded")],
        "the store is Redis and the queue is embedded",
    ),
    (
        "",
        &[
            ("BATON__STORE__URL", "embedded:here"),
            ("BATON__QUEUE__URL", "embedded"),
        ],
        "baton-orchestrator is a process of its own and cannot share the embedded store",
    ),
    (
        "",
        &[
            ("BATON__STORE__URL", "embedded:here"),
            ("BATON__QUEUE__URL", "embedded:there"),
        ],
        "`queue.url` names a folder other than store.url does",
    ),
    (
        "store: { tls: { ca: ca.pem } }",
        &[],
        "`store.tls` is set, but store.url does not start with rediss://",
    ),
    (
        "queue: { tls: { cert: a.pem } }",
        &[("BATON__QUEUE__URL", "amqps://h")],
        "`queue.tls` needs cert and key together",
    ),
    (
        "services: /nowhere/services.yaml",
        &[],
        "the service catalogue `/nowhere/services.yaml` cannot be read: ",
    ),
    (
        "api: { tokens: bat_s3cret }",
        &[],
        "`api.tokens` is a list, not one value",
    ),
    (
        "api: { tls: { cert: c.pem } }",
        &[],
        "`api.tls` needs cert and key together",
    ),
    (
        "api: { tls: { clientCa: ca.pem } }",
        &[],
        "`api.tls` needs cert and key together",
    ),
    (
        "worker: { services: [htpp] }",
        &[],
        "`worker.services` names `htpp`, which is not in the service catalogue; did you mean `http`?",
    ),
];

#[test]
fn what_means_nothing_is_refused_with_a_sentence() {
    for (file, variables, expected) in REFUSED {
        let all = [&[REDIS, RABBIT], *variables].concat();
        let said = read(file, &all).err();
        let fits = said.as_ref().is_some_and(|said| said.contains(expected));
        assert!(
            fits,
            "{file:?} {variables:?}\nexpected: {expected}\nsaid: {said:?}"
        );
    }
    assert!(
        read("", &[REDIS, RABBIT]).is_ok(),
        "the base of the table is right"
    );
}

#[test]
fn nothing_at_all_is_a_refusal_for_a_process_of_its_own() {
    let refused = Config::read(None, own(&[]), "baton-worker").err();
    assert_eq!(
        refused,
        Some(ConfigError::Apart {
            process: "baton-worker"
        })
    );
    let missing = Config::read(Some(Path::new("/nowhere/b.yaml")), own(&[]), "baton-worker");
    let said = missing.err().expect("there is none").to_string();
    assert!(
        said.starts_with("the settings in /nowhere/b.yaml cannot be read: "),
        "{said}"
    );
}

/// A right value for each setting; one that is missing here would go untried.
#[test]
fn every_setting_is_known_in_the_file_and_in_the_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    let services = write(
        &folder,
        "services.yaml",
        "services: { payments: { url: http://p } }",
    );
    for setting in SETTINGS {
        let value = match setting {
            "store.url" => "rediss://r",
            "queue.url" => "amqps://q/%2f",
            "store.partitions" | "api.bodyLimit" => "7",
            "api.listen" => "127.0.0.1:7",
            "api.insecure" => "true",
            "services" => services.to_str().expect("text"),
            "retention" => "7d",
            "log.format" => "json",
            "worker.services" => "http",
            "store.tls.cert" | "store.tls.key" | "queue.tls.cert" | "queue.tls.key" => continue,
            // Tried together, below.
            "api.tls.cert" | "api.tls.key" | "api.tls.clientCa" => continue,
            _ => "x",
        };
        let tls = |setting: &str| setting.contains(".tls.");
        let secured = tls(setting) || setting.ends_with(".url");
        let mut variables = if secured {
            vec![
                ("BATON__STORE__URL", "rediss://r"),
                ("BATON__QUEUE__URL", "amqps://q/%2f"),
            ]
        } else {
            vec![REDIS, RABBIT]
        };
        let name = format!("BATON__{}", setting.replace('.', "__").to_uppercase());
        variables.push((&name, value));
        let read = Config::read(None, own(&variables), "baton-worker");
        assert!(read.is_ok(), "{name}: {:?}", read.err());

        let mut nested = format!("'{value}'");
        for part in setting.split('.').rev() {
            nested = format!("{{ {part}: {nested} }}");
        }
        if setting == "worker.services" {
            nested = "worker: { services: [http] }".to_owned();
        }
        if setting == "api.tokens" {
            nested = "api: { tokens: [x] }".to_owned();
        }
        variables.pop();
        let path = write(&folder, "baton.yaml", &nested);
        let read = Config::read(Some(&path), own(&variables), "baton-worker");
        assert!(read.is_ok(), "{nested}: {:?}", read.err());
    }
}

#[test]
fn a_catalogue_is_read_and_its_faults_are_placed() {
    let folder = tempfile::tempdir().expect("a folder");
    let services = write(
        &folder,
        "services.yaml",
        "services:\n  payments:\n    url: http://p\n  shipping:\n    url: http://s\n",
    );
    let path = services.to_str().expect("text").to_owned();
    let named = [
        REDIS,
        RABBIT,
        ("BATON__SERVICES", &path),
        ("BATON__WORKER__SERVICES", "payments, http"),
    ];
    let config = read("", &named).expect("is read");
    assert_eq!(config.catalogue.services.len(), 2);
    let names: Vec<&str> = config.services.iter().map(|name| name.as_str()).collect();
    assert_eq!(names, ["payments", "http"]);
    let config = config
        .for_services(&["shipping".to_owned()])
        .expect("is there");
    assert_eq!(config.services[0].as_str(), "shipping");
    let said = config
        .for_services(&["shiping".to_owned()])
        .err()
        .expect("is not")
        .to_string();
    assert!(
        said.contains("--service") && said.ends_with("did you mean `shipping`?"),
        "{said}"
    );

    for (text, expected) in [
        (
            "services:\n  p:\n    url: http://p\n    timeuot: 1s\n",
            "timeuot",
        ),
        ("services:\n  p: [\n", "line "),
        (
            "services:\n  p:\n    url: ftp://p\n",
            "must start with http:// or https://",
        ),
    ] {
        write(&folder, "services.yaml", text);
        let said = read("", &named).err().expect("is refused");
        assert!(said.contains(&path) && said.contains(expected), "{said}");
    }
}

#[test]
fn dev_is_embedded_whatever_the_environment_says_of_brokers() {
    let dev = Dev {
        data: ".here".into(),
        listen: "127.0.0.1:0".parse().expect("an address"),
        services: None,
        workflows: Some("flows".into()),
    };
    let variables = own(&[
        REDIS,
        ("BATON__RETENTION", "1d"),
        ("BATON__API__LISTEN", "0.0.0.0:1"),
        ("BATON__SECRETS__DIR", "s"),
    ]);
    let config = Config::for_dev(&dev, variables).expect("means something");
    assert!(matches!(config.backend, Backend::Embedded { folder } if folder == Path::new(".here")));
    assert_eq!(config.api.listen, dev.listen, "the command line wins");
    assert_eq!(config.retention, Duration::from_secs(86_400));
    assert_eq!(config.workflows.as_deref(), Some(Path::new("flows")));
    assert_eq!(config.secrets.as_deref(), Some(Path::new("s")));
    assert!(
        Config::for_dev(&dev, own(&[("BATON__API__LISTN", "x")])).is_err(),
        "slips are told here too"
    );
}
