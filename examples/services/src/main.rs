//! `baton-example-services`: the services of the examples, on one port.

use baton_example_services::{Options, serve_with};
use clap::Parser;
use std::io;
use std::time::Duration;
use tokio::net::TcpListener;

/// Runs the services that the example workflows call.
#[derive(Parser)]
#[command(name = "baton-example-services", version)]
struct Arguments {
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7071")]
    listen: String,
    /// How long an answer to the address `slow-road` takes, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 3000)]
    slow_ms: u64,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let listener = TcpListener::bind(&arguments.listen).await?;
    println!("example services on http://{}", listener.local_addr()?);
    let options = Options {
        slow: Duration::from_millis(arguments.slow_ms),
    };
    // Without a handler for the signal the process ends by it: as good an end.
    serve_with(listener, options, async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
    .await
}
