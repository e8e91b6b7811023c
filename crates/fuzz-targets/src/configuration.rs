//! Ids of imports, and texts of a configuration: URLs, certificates, names.

use terraform_provider_cks::fuzzing;

pub(crate) fn import_id(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        fuzzing::import_id(text);
    }
}

pub(crate) fn attribute(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        fuzzing::attribute(text);
    }
}

fn seeds(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

pub(crate) fn import_id_seeds() -> Vec<Vec<u8>> {
    seeds(&[
        "81540112-93fc-4d39-af10-fe6c2f4b8824",
        "81540112-93fc-4d39-af10-fe6c2f4b8824/team",
        "81540112/ci/system:deployer",
        "81540112//x",
        "Name/team",
        "a/b/c/d",
        "",
    ])
}

pub(crate) fn attribute_seeds() -> Vec<Vec<u8>> {
    seeds(&[
        "https://login.example.com:8443/tenant/v2.0/",
        "https://me:secret@hook.example.com?for=me#top",
        "https://[2001:db8::1%25eth0]:443/%41",
        "https:\\\\host",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        "-----BEGIN PRIVATE KEY-----\r\nMIIB\r\n-----END PRIVATE KEY-----\r\n",
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUIKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=",
        "department=platform",
        "default:deployer",
        "team.a1-x",
    ])
}
