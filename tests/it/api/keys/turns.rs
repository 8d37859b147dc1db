//! Changes of keys at the same time: a workspace never loses its last key with `admin`.

use leadline::http::error::Problem;
use leadline::id::KeyId;
use leadline::operations::actor::{Actor, ActorKey};
use leadline::operations::error::Error;
use leadline::operations::key;
use leadline::operations::key::body::{KeyChange, KeyView, NewKey};
use leadline::store;

use super::*;
use crate::support::app::NOON;
use crate::support::database::after_commit;

const ADMIN: [Scope; 2] = [Scope::Read, Scope::Admin];

/// What takes `admin` away from a key.
#[derive(Clone, Copy, Debug)]
enum Taking {
    Revoke,
    Narrow,
}

/// Whoever sent a request with a new key that has `admin`.
async fn admin(app: &TestApp) -> (Actor, KeyId) {
    let (id, _) = app.other_key(&ADMIN).await;
    let id = id.parse().unwrap();
    let name = "test".to_owned();
    let key = ActorKey { id, name };
    let actor = Actor::with_key(app.workspace_id, key, ADMIN.to_vec());
    (actor, id)
}

fn narrowed() -> KeyChange {
    KeyChange {
        scopes: Some(vec!["read".to_owned()]),
        ..KeyChange::default()
    }
}

impl Taking {
    /// The code that a request with this key gets afterwards.
    fn code(self) -> &'static str {
        match self {
            Taking::Revoke => "key_revoked",
            Taking::Narrow => "scope_missing",
        }
    }

    async fn by(self, app: &TestApp, actor: &Actor, id: KeyId) -> Result<KeyView, Error> {
        let (store, id) = (&app.state.context.store, id.to_string());
        match self {
            Taking::Revoke => key::revoke(store, actor, &id, NOON).await,
            Taking::Narrow => key::update(store, actor, &id, narrowed()).await,
        }
    }

    /// Takes it in the caller's transaction.
    async fn within(self, app: &TestApp, tx: &mut store::Tx, id: KeyId) {
        let key = store::key::by_id(tx, app.workspace_id, id).await.unwrap();
        match self {
            Taking::Revoke => assert!(store::key::revoke(tx, id, NOON).await.unwrap()),
            Taking::Narrow => {
                let scopes = vec![Scope::Read];
                let key = store::key::ApiKey {
                    scopes,
                    ..key.unwrap()
                };
                store::key::update(tx, &key).await.unwrap();
            }
        }
    }
}

fn code<T: std::fmt::Debug>(refused: Result<T, Error>) -> &'static str {
    Problem::from(refused.unwrap_err()).code()
}

#[rstest]
#[tokio::test]
async fn two_admin_keys_do_not_lock_each_other_out(
    #[values(Size::Embedded, Size::Server)] size: Size,
    #[values(Taking::Revoke, Taking::Narrow)] taking: Taking,
) {
    let app = TestApp::spawn_in(size).await;
    let ((one, one_id), (two, two_id)) = (admin(&app).await, admin(&app).await);
    let results = tokio::join!(taking.by(&app, &one, two_id), taking.by(&app, &two, one_id));
    let (lost, refused) = match results {
        (Ok(lost), refused) | (refused, Ok(lost)) => (lost, refused),
        neither => panic!("{neither:?}"),
    };
    assert_eq!(code(refused), taking.code());
    let left = if lost.id == one_id { two_id } else { one_id };
    let left = app.get(&format!("/keys/{left}")).await.body;
    assert_eq!(
        (&left["revoked_at"], &left["scopes"]),
        (&Value::Null, &json!(["read", "admin"]))
    );
}

#[rstest]
#[tokio::test]
async fn a_key_that_loses_admin_meanwhile_changes_no_key(
    #[values(Size::Embedded, Size::Server)] size: Size,
    #[values(Taking::Revoke, Taking::Narrow)] taking: Taking,
) {
    let app = TestApp::spawn_in(size).await;
    let context = &app.state.context;
    let (_, other) = admin(&app).await;
    let lose = async |id| {
        let mut tx = context.store.write().await.unwrap();
        taking.within(&app, &mut tx, id).await;
        tx
    };
    let (actor, id) = admin(&app).await;
    let revoked = after_commit(lose(id).await, Taking::Revoke.by(&app, &actor, other)).await;
    assert_eq!(code(revoked), taking.code());

    let (actor, id) = admin(&app).await;
    let narrowed = after_commit(lose(id).await, Taking::Narrow.by(&app, &actor, other)).await;
    assert_eq!(code(narrowed), taking.code());

    let (actor, id) = admin(&app).await;
    let new = NewKey {
        name: "Successor".to_owned(),
        scopes: vec!["read".to_owned()],
    };
    let creation = async {
        let created = key::create(context, &actor, None, new).await;
        created.map(drop)
    };
    let created = after_commit(lose(id).await, creation).await;
    assert_eq!(code(created), taking.code());
    let keys = app.get("/keys").await.body.to_string();
    assert!(!keys.contains("Successor"), "{keys}");
}
