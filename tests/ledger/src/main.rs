//! `baton-ledger`: the service, as a process that can be killed and started again.

use baton_ledger::server::Service;
use baton_ledger::weather::Weather;
use clap::Parser;
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::net::TcpListener;

/// A service that remembers every call it got, and may lie about it.
#[derive(Parser)]
struct Args {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:7072")]
    listen: SocketAddr,
    /// The file of all calls; one that exists is continued
    #[arg(long)]
    file: PathBuf,
    /// What the weather is drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rates in a thousand, as JSON: {"busy": 30, "lost": 20, "stubborn": 2}
    #[arg(long, default_value = "{}")]
    weather: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let weather: Weather = serde_json::from_str(&args.weather)?;
    let listener = TcpListener::bind(args.listen).await?;
    let port = listener.local_addr()?.port();
    let service = Service::open(&args.file, args.seed, weather, port)?;
    Ok(service.serve(listener).await?)
}
