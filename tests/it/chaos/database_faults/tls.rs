//! TLS to PostgreSQL: which certificates are trusted, and the message if one is not.

use leadline::store::{Error, Store};
use rstest::rstest;

use crate::support::postgres::{Postgres, Tls};

/// What becomes of a connection with these parameters.
async fn connect(postgres: &Postgres, host: &str, parameters: &str) -> Result<(), Error> {
    let url = postgres.url().replace("127.0.0.1", host);
    let store = Store::open(&format!("{url}?{parameters}").into(), 2).await?;
    let result = store.migrate().await;
    store.close().await;
    result
}

#[tokio::test]
async fn certificates_are_checked_as_far_as_the_mode_says() {
    let tls = Tls::new();
    let postgres = Postgres::with_tls(&tls);
    let (right, wrong) = (
        tls.root().display().to_string(),
        tls.other_root().display().to_string(),
    );
    // The certificate is for `localhost`.
    for (host, parameters) in [
        ("127.0.0.1", "sslmode=require".to_owned()),
        (
            "127.0.0.1",
            format!("sslmode=verify-ca&sslrootcert={right}"),
        ),
        (
            "localhost",
            format!("sslmode=verify-full&sslrootcert={right}"),
        ),
    ] {
        let connected = connect(&postgres, host, &parameters).await;
        assert!(connected.is_ok(), "{host} {parameters}: {connected:?}");
    }
    for (host, parameters, word) in [
        (
            "127.0.0.1",
            format!("sslmode=verify-full&sslrootcert={right}"),
            "name",
        ),
        (
            "localhost",
            format!("sslmode=verify-full&sslrootcert={wrong}"),
            "certificate",
        ),
        (
            "localhost",
            format!("sslmode=verify-ca&sslrootcert={wrong}"),
            "certificate",
        ),
        ("localhost", "sslmode=verify-full".to_owned(), "certificate"),
    ] {
        let error = connect(&postgres, host, &parameters).await.unwrap_err();
        let message = error.to_string();
        assert!(
            matches!(error, Error::Tls { .. }),
            "{host} {parameters}: {error:?}"
        );
        assert!(
            error.is_configuration() && message.contains(word),
            "{message}"
        );
        assert!(message.contains(host), "{message}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_it_is_required() {
    let postgres = Postgres::new();
    let error = connect(&postgres, "127.0.0.1", "sslmode=require")
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error:?}");
}

#[rstest]
#[case("sslmod=require", "sslmod")]
#[case("sslmode=verify-fully", "verify-fully")]
#[case("sslmode=require&channel_bind=x", "channel_bind")]
#[tokio::test]
async fn a_parameter_that_is_not_known_is_named(#[case] parameters: &str, #[case] name: &str) {
    let url = format!("postgres://ann:secret@db.example/leadline?{parameters}");
    let error = Store::open(&url.into(), 2).await.unwrap_err();
    let message = error.to_string();
    assert!(error.is_configuration(), "{error:?}");
    assert!(
        message.contains(name) && !message.contains("secret"),
        "{message}"
    );
}

/// As hosters write them.
#[tokio::test]
async fn parameters_that_only_libpq_uses_are_no_mistake() {
    let url = "postgres://ann:secret@db.example/leadline?sslmode=require&channel_binding=require\
               &connect_timeout=10&target_session_attrs=read-write";
    Store::open(&url.to_owned().into(), 2).await.unwrap();
}

/// Each cause has its own message, which names the server and never the password.
#[tokio::test]
async fn what_keeps_postgresql_away_is_named() {
    let postgres = Postgres::with_password("Pa55w0rd").await;
    let port = postgres.port();
    let free = crate::support::process::free_port();
    for (login, database, words, is_configuration) in [
        (
            "leadline:wr0ng",
            format!("127.0.0.1:{port}/leadline"),
            "login",
            true,
        ),
        (
            "leadline:Pa55w0rd",
            format!("127.0.0.1:{port}/missing"),
            "missing",
            true,
        ),
        (
            "leadline:Pa55w0rd",
            format!("127.0.0.1:{free}/leadline"),
            "refused",
            false,
        ),
        (
            "leadline:Pa55w0rd",
            format!("no-such-host.invalid:{port}/leadline"),
            "no-such-host.invalid",
            false,
        ),
    ] {
        let store = Store::open(&format!("postgres://{login}@{database}").into(), 2)
            .await
            .unwrap();
        let error = store.migrate().await.unwrap_err();
        let message = error.to_string();
        assert!(message.contains(words), "{message}");
        assert!(
            message.contains(&database[..database.find('/').unwrap()]),
            "{message}"
        );
        assert!(
            !message.contains("wr0ng") && !message.contains("Pa55w0rd"),
            "{message}"
        );
        assert_eq!(error.is_configuration(), is_configuration, "{error:?}");
        assert_eq!(error.is_transient(), !is_configuration, "{error:?}");
    }
}
