//! The key is made once and kept; what is sealed opens again; marks stay apart by kind and
//! workspace.

use super::*;
use crate::clock::Millis;

#[test]
fn sealed_secrets_open_again_and_only_here() {
    let vault = Vault::from_key([7; 32]);
    let secret: SecretString = "whsec_hush".to_owned().into();
    let sealed = vault.seal(&secret).unwrap();
    assert!(!sealed.contains("hush"));
    assert_ne!(sealed, vault.seal(&secret).unwrap());
    assert_eq!(vault.unseal(&sealed).unwrap().expose_secret(), "whsec_hush");
    assert!(matches!(
        Vault::from_key([8; 32]).unseal(&sealed),
        Err(Error::Sealed)
    ));
    for broken in ["", "v1.", "v2.abc", &sealed[..sealed.len() - 4]] {
        assert!(
            matches!(vault.unseal(broken), Err(Error::Sealed)),
            "{broken}"
        );
    }
}

#[test]
fn the_key_is_made_once_and_never_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let sealed = Vault::open(dir.path())
        .unwrap()
        .seal(&"a".to_owned().into())
        .unwrap();
    assert_eq!(
        Vault::open(dir.path())
            .unwrap()
            .unseal(&sealed)
            .unwrap()
            .expose_secret(),
        "a"
    );
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    std::fs::write(dir.path().join(FILE), "garbage").unwrap();
    assert!(matches!(Vault::open(dir.path()), Err(Error::Malformed(_))));
    assert_eq!(
        std::fs::read_to_string(dir.path().join(FILE)).unwrap(),
        "garbage"
    );
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_the_key() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    Vault::open(dir.path()).unwrap();
    let mode = std::fs::metadata(dir.path().join(FILE))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn emails_are_normalised_and_kept_apart_by_workspace() {
    let vault = Vault::from_key([7; 32]);
    let one = WorkspaceId::from_parts(Millis(1), [1; 10]);
    let two = WorkspaceId::from_parts(Millis(2), [2; 10]);
    let hash = vault.email_hash(one, "Ann@Shop.example");
    assert_eq!(hash, vault.email_hash(one, " ann@shop.example "));
    assert_ne!(hash, vault.email_hash(two, "ann@shop.example"));
    assert_eq!(hash.len(), 64);
}
#[test]
fn a_stand_in_tells_of_nothing_but_the_quarter_hour() {
    let vault = Vault::from_key([7; 32]);
    let one = WorkspaceId::from_parts(Millis(1), [1; 10]);
    let two = WorkspaceId::from_parts(Millis(2), [2; 10]);
    let click = ClickId::from_parts(Millis(1_773_144_123_456), [1; 10]);
    let other = ClickId::from_parts(Millis(1_773_144_123_456), [2; 10]);
    let stand_in = vault.stand_in(one, click);
    assert_eq!(stand_in, vault.stand_in(one, click));
    assert_eq!(stand_in.time(), Millis(1_773_144_000_000));
    for different in [
        vault.stand_in(one, other),
        vault.stand_in(two, click),
        Vault::from_key([8; 32]).stand_in(one, click),
    ] {
        assert_ne!(stand_in, different);
    }
}

#[test]
fn marks_are_kept_apart_by_kind_workspace_and_key() {
    let (vault, other) = (Vault::from_key([7; 32]), Vault::from_key([8; 32]));
    let one = WorkspaceId::from_parts(Millis(1), [1; 10]);
    let two = WorkspaceId::from_parts(Millis(2), [2; 10]);
    let hash = vault.mark_hash(one, "customer", "ann");
    assert_eq!(hash, vault.mark_hash(one, "customer", "ann"));
    assert_ne!(hash, vault.mark_hash(one, "event", "ann"));
    assert_ne!(hash, vault.mark_hash(two, "customer", "ann"));
    assert_ne!(hash, other.mark_hash(one, "customer", "ann"));
    assert_ne!(vault.print(), other.print());
}
