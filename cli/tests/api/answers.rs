//! Answers given to `verify` under a name that nothing has.

use crate::stage::baton;

#[tokio::test]
async fn an_answer_for_nobody_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let answers = folder.path().join("answers.yaml");
    let answers = answers.to_str().expect("UTF-8");
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/");
    let (order, services) = (
        format!("{examples}order.yaml"),
        format!("{examples}services.yaml"),
    );
    let words = [
        "verify",
        &order,
        "--services",
        &services,
        "--answers",
        answers,
    ];
    for (name, near) in [
        ("bookShipmnt", "; did you mean `bookShipment`?"),
        ("shipping.bok", "; did you mean `shipping.book`?"),
    ] {
        std::fs::write(answers, format!("{name}: {{ shipmentId: s }}\n")).expect("written");
        let ran = baton(None, &words).await;
        let told = format!("error: --answers: there is no task and no operation `{name}`{near}\n");
        assert_eq!((ran.exit, ran.err), (2, told));
    }
    for name in ["bookShipment", "shipping.book", "payments.refund"] {
        std::fs::write(answers, format!("{name}: {{ shipmentId: s }}\n")).expect("written");
        let ran = baton(None, &words).await;
        assert_ne!(ran.exit, 2, "{name}: {}", ran.err);
    }
}
