//! Further keys of this workspace and of others.

use super::*;

impl TestApp {
    /// Sends a request with another key.
    pub(crate) async fn with_key(
        &self,
        key: &str,
        request: reqwest::RequestBuilder,
        body: &Value,
    ) -> Answer {
        let mut request = request.json(body).build().unwrap();
        request
            .headers_mut()
            .insert("authorization", format!("Bearer {key}").parse().unwrap());
        read(self.client.execute(request).await.unwrap()).await
    }

    pub(crate) async fn get_with_key(&self, key: &str, path: &str) -> Answer {
        let mut request = self.request(Method::GET, path).build().unwrap();
        request
            .headers_mut()
            .insert("authorization", format!("Bearer {key}").parse().unwrap());
        read(self.client.execute(request).await.unwrap()).await
    }

    /// A key that opens everything of a second workspace.
    pub(crate) async fn key_of_another_workspace(&self) -> String {
        let id = WorkspaceId::new(NOON.plus_ms(1));
        let workspace = leadline::store::workspace::Workspace::new(id, "Other", NOON);
        let mut tx = self.state.context.store.write().await.unwrap();
        leadline::store::workspace::insert(&mut tx, &workspace)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.key_for(workspace.id).await
    }

    pub(super) async fn key_for(&self, workspace_id: WorkspaceId) -> String {
        let key = leadline::store::key::ApiKey {
            id: leadline::id::KeyId::new(NOON),
            workspace_id,
            name: "test".to_owned(),
            scopes: Scope::ALL.to_vec(),
            created_at: NOON,
            revoked_at: None,
            last_used_day: None,
        };
        let token = leadline::vault::new_token();
        let hash = leadline::vault::token_hash(token.expose_secret());
        let mut tx = self.state.context.store.write().await.unwrap();
        leadline::store::key::insert(&mut tx, &key, &hash)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        token.expose_secret().to_owned()
    }

    /// A key of the same workspace with other scopes.
    pub(crate) async fn other_key(&self, scopes: &[Scope]) -> (String, String) {
        let made = operations::key::on_store::create(
            &self.state.context.store,
            "test",
            scopes.to_vec(),
            NOON,
        )
        .await;
        let (key, token) = made.unwrap();
        (key.id.to_string(), token.expose_secret().to_owned())
    }
}
