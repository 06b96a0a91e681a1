//! `baton-worker`: reads its command line and, so far, explains itself.

use clap::Parser;
use std::path::PathBuf;

/// Takes jobs, calls services over HTTP and reports what became of the calls.
#[derive(Parser)]
#[command(name = "baton-worker", version)]
struct Arguments {
    /// Settings; the built-in defaults hold where the file says nothing.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Work only for this service of the catalogue; may be given more than once.
    #[arg(long, value_name = "NAME")]
    service: Vec<String>,
}

fn main() {
    let arguments = Arguments::parse();
    let config = arguments
        .config
        .map_or("the built-in settings".into(), |path| {
            path.display().to_string()
        });
    let services = match arguments.service.as_slice() {
        [] => "every service of its catalogue".to_owned(),
        some => some.join(", "),
    };
    println!("baton-worker would work for {services}, with {config}.");
    println!(
        "It is not connected to a queue in this build; `baton dev` runs a worker in one process."
    );
}
