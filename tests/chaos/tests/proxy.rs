//! The fault proxy, before a server that sends back what it gets.

use baton_chaos::proxy::{Door, Passed, Proxy, Weather};
use std::io::ErrorKind;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);
/// Long enough for what would come at once to have come.
const MOMENT: Duration = Duration::from_millis(150);

async fn before_echo(seed: u64) -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                drop(tokio::io::copy(&mut read, &mut write).await);
            });
        }
    });
    Proxy::before(at, seed).await.expect("a port")
}

async fn connect(proxy: &Proxy) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", proxy.port())).await;
    stream.expect("the proxy listens")
}

async fn say(stream: &mut TcpStream, words: &[u8]) {
    stream.write_all(words).await.expect("it takes bytes");
}

async fn hear(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut heard = vec![0; count];
    let read = timeout(PATIENCE, stream.read_exact(&mut heard)).await;
    read.expect("it comes").expect("it is whole");
    heard
}

/// Everything until the end, and whether the end was a reset.
async fn rest(stream: &mut TcpStream) -> (usize, bool) {
    let (mut count, mut buffer) = (0, [0; 4096]);
    loop {
        match timeout(PATIENCE, stream.read(&mut buffer))
            .await
            .expect("an end")
        {
            Ok(0) => return (count, false),
            Ok(read) => count += read,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                return (count, true);
            }
        }
    }
}

async fn is_silent(stream: &mut TcpStream) -> bool {
    timeout(MOMENT, stream.read(&mut [0; 1])).await.is_err()
}

#[tokio::test]
async fn fair_weather_changes_nothing() {
    let proxy = before_echo(1).await;
    let mut stream = connect(&proxy).await;
    let words: Vec<u8> = (0..300_000_u32).map(|n| n as u8).collect();
    let (mut read, mut write) = stream.split();
    let mut heard = Vec::new();
    let both = async {
        tokio::join!(
            async {
                write.write_all(&words).await.expect("taken");
                write.shutdown().await.expect("the end is passed on");
            },
            read.read_to_end(&mut heard)
        )
    };
    let ((), read) = timeout(PATIENCE, both).await.expect("all comes back");
    read.expect("and the end too");
    assert!(heard == words, "every byte, in order");
    let expected = Passed {
        connections: 1,
        up: 300_000,
        down: 300_000,
        ..Passed::default()
    };
    assert_eq!(proxy.passed(), expected);
}

#[tokio::test]
async fn latency_counts_both_ways_and_keeps_order() {
    let proxy = before_echo(2).await;
    let (latency, jitter) = (Duration::from_millis(40), Duration::from_millis(30));
    proxy.weather(Weather::slow(latency, jitter));
    let mut stream = connect(&proxy).await;
    let start = Instant::now();
    for nth in 0..20 {
        say(&mut stream, &[nth]).await;
    }
    let heard = hear(&mut stream, 20).await;
    assert_eq!(heard, (0..20).collect::<Vec<u8>>());
    assert!(start.elapsed() >= 2 * latency, "{:?}", start.elapsed());
    assert!(proxy.passed().late >= 2, "{:?}", proxy.passed());
}

#[tokio::test]
async fn a_stall_holds_back_and_loses_nothing() {
    let proxy = before_echo(3).await;
    let mut stream = connect(&proxy).await;
    say(&mut stream, b"before").await;
    assert_eq!(hear(&mut stream, 6).await, b"before");
    proxy.weather(Weather::stalled());
    say(&mut stream, b"during").await;
    assert!(is_silent(&mut stream).await, "nothing moves");
    assert_eq!(proxy.passed().held, 1);
    let mut other = connect(&proxy).await;
    assert!(is_silent(&mut other).await, "nobody new is answered");
    proxy.clear();
    assert_eq!(hear(&mut stream, 6).await, b"during");
    assert_eq!(
        rest(&mut other).await,
        (0, true),
        "who waited must come again"
    );
    let passed = proxy.passed();
    assert_eq!((passed.held, passed.unheard), (1, 1));
}

#[tokio::test]
async fn a_stall_that_nobody_meets_holds_back_nothing() {
    let proxy = before_echo(12).await;
    let mut stream = connect(&proxy).await;
    say(&mut stream, b"before").await;
    assert_eq!(hear(&mut stream, 6).await, b"before");
    proxy.weather(Weather::stalled());
    assert!(is_silent(&mut stream).await, "nobody speaks");
    proxy.clear();
    say(&mut stream, b"after").await;
    assert_eq!(hear(&mut stream, 5).await, b"after");
    assert_eq!(proxy.passed().held, 0);
}

#[tokio::test]
async fn a_reset_ends_all_there_are_and_no_later_one() {
    let proxy = before_echo(4).await;
    let (mut one, mut two) = (connect(&proxy).await, connect(&proxy).await);
    for stream in [&mut one, &mut two] {
        say(stream, b"x").await;
        hear(stream, 1).await;
    }
    proxy.reset();
    for stream in [&mut one, &mut two] {
        assert_eq!(rest(stream).await, (0, true));
    }
    let mut later = connect(&proxy).await;
    say(&mut later, b"later").await;
    assert_eq!(hear(&mut later, 5).await, b"later");
    let passed = proxy.passed();
    assert_eq!((passed.reset, passed.struck), (2, 2));
}

#[tokio::test]
async fn half_open_connections_lose_one_direction_for_good() {
    for (weather, arrives) in [(Weather::deaf(), 0), (Weather::mute(), 4)] {
        let proxy = before_echo(5).await;
        let mut stream = connect(&proxy).await;
        say(&mut stream, b"x").await;
        hear(&mut stream, 1).await;
        proxy.weather(weather);
        say(&mut stream, b"lost").await;
        assert!(
            is_silent(&mut stream).await,
            "no answer, and no error either"
        );
        let passed = proxy.passed();
        assert_eq!(passed.up, 1 + arrives);
        assert_eq!((passed.lost_up, passed.lost_down), (4 - arrives, arrives));
        proxy.clear();
        assert_eq!(rest(&mut stream).await, (0, true), "it cannot go on");
    }
}

#[tokio::test]
async fn a_cut_falls_within_its_range_and_by_seed() {
    let cut_at = async |seed| {
        let proxy = before_echo(seed).await;
        proxy.weather(Weather::cut(1_000..5_000));
        let mut stream = connect(&proxy).await;
        // The reset may come while we still speak.
        drop(stream.write_all(&[7; 100_000]).await);
        assert!(rest(&mut stream).await.1, "it ends with a reset");
        let passed = proxy.passed();
        assert_eq!((passed.cut, passed.reset), (1, 1));
        passed.up + passed.down
    };
    let first = cut_at(6).await;
    assert!((1_000..5_000).contains(&first), "{first}");
    assert_eq!(first, cut_at(6).await, "the seed decides");
    assert_ne!(first, cut_at(7).await);
}

#[tokio::test]
async fn a_cut_also_ends_connections_that_are_there() {
    let proxy = before_echo(8).await;
    let mut stream = connect(&proxy).await;
    say(&mut stream, b"x").await;
    hear(&mut stream, 1).await;
    proxy.weather(Weather::cut(10..11));
    drop(stream.write_all(&[7; 1_000]).await);
    assert!(rest(&mut stream).await.1);
    assert_eq!(proxy.passed().cut, 1);
}

#[tokio::test]
async fn a_drip_takes_its_time() {
    let proxy = before_echo(9).await;
    proxy.weather(Weather::drip(400));
    let mut stream = connect(&proxy).await;
    let start = Instant::now();
    say(&mut stream, &[1; 100]).await;
    assert_eq!(hear(&mut stream, 100).await, [1; 100]);
    // 100 bytes at 400 a second; the last few need not be waited for.
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(200), "{took:?}");
    // The answer's last bytes may be counted in a moment.
    assert!(proxy.passed().dripped >= 100, "{:?}", proxy.passed());
}

#[tokio::test]
async fn doors_refuse_or_say_nothing() {
    let proxy = before_echo(10).await;
    let mut inside = connect(&proxy).await;
    say(&mut inside, b"x").await;
    hear(&mut inside, 1).await;
    proxy.weather(Weather::refusing());
    assert_eq!(rest(&mut connect(&proxy).await).await, (0, true));
    say(&mut inside, b"in").await;
    assert_eq!(hear(&mut inside, 2).await, b"in", "who is inside stays");
    proxy.weather(Weather {
        door: Door::Silent,
        ..Weather::default()
    });
    let mut waits = connect(&proxy).await;
    assert!(is_silent(&mut waits).await);
    proxy.clear();
    assert_eq!(rest(&mut waits).await, (0, true));
    let passed = proxy.passed();
    assert_eq!((passed.refused, passed.unheard), (1, 1));
}

#[tokio::test]
async fn without_a_server_connections_are_reset() {
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        listener.local_addr().expect("an address")
    };
    let proxy = Proxy::before(nobody, 11).await.expect("a port");
    assert_eq!(rest(&mut connect(&proxy).await).await, (0, true));
    let passed = proxy.passed();
    assert_eq!((passed.unserved, passed.refused), (1, 0));
}
