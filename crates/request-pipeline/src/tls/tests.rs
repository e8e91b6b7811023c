//! Trust and client certificates over real connections.

use std::sync::Arc;

use local_cks::{Authority, Identity, Validity};
use rustls::{
    DistinguishedName, ServerConfig, SignatureScheme,
    pki_types::{PrivateKeyDer, pem::PemObject as _},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::*;

/// An X.509 version 1 certificate, as `openssl x509 -req` makes it without an extension file, and its key.
const VERSION_1: &str = "-----BEGIN CERTIFICATE-----
MIIBOTCB3wIUOZ9wkDccn7dos4M7Mrul0ixZPHMwCgYIKoZIzj0EAwIwFTETMBEG
A1UEAwwKZXhhbXBsZSBDQTAgFw0yNjExMjkxOTIwMThaGA8yMTI2MTEwNTE5MjAx
OFowJzEXMBUGA1UECgwOc3lzdGVtOm1hc3RlcnMxDDAKBgNVBAMMA2FkYTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABLoD8lTQaLAWfiJPFZufH1hZyzQcxpIoBTVB
oifZPUIZad5HHoGqgApUOx4FxG89pSyI2ElvHgHj0i0q2DrXqR0wCgYIKoZIzj0E
AwIDSQAwRgIhAIkSJ7yQxKfmLr52Iawd5oGOXyrMtTHg0A3A209oDD7wAiEAjGeS
TwZ58nw8MT/jFWp5r4AqLcbJXxmfI0QYFAcfR6c=
-----END CERTIFICATE-----
";
const KEY: &str = "-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIJFxRCkr8Hl7YoNpIB1HM0ij2oLnaaQ9Gxj89ETaK5G0oAoGCCqGSM49
AwEHoUQDQgAEugPyVNBosBZ+Ik8Vm58fWFnLNBzGkigFNUGiJ9k9Qhlp3kcegaqA
ClQ7HgXEbz2lLIjYSW8eAePSLSrYOtepHQ==
-----END EC PRIVATE KEY-----
";
const ENCRYPTED: [&str; 2] = [
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIHs\n-----END ENCRYPTED PRIVATE KEY-----\n",
    "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,D629\n\n9T5M\n-----END EC PRIVATE KEY-----\n",
];

fn identity(certificate: &str, key: &str) -> Result<ClientIdentity, IdentityError> {
    ClientIdentity::new(certificate.as_bytes(), &SecretString::from(key.to_owned()))
}

fn example() -> Identity {
    Authority::new("example").and_then(|ca| ca.client("ada", &[])).expect("a certificate")
}

/// A handshake of a client with a server: the client certificate that the server got.
async fn handshake(
    server: &Identity,
    name: &str,
    client: ClientConfig,
) -> Result<Option<Vec<u8>>, std::io::Error> {
    let (near, far) = tokio::io::duplex(1 << 16);
    let chain = CertificateDer::pem_slice_iter(server.certificate.as_bytes()).map(|der| der.expect("PEM"));
    let key = PrivateKeyDer::from_pem_slice(server.key.expose_secret().as_bytes()).expect("PEM");
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("TLS versions")
        .with_client_cert_verifier(Arc::new(AnyClient(provider)))
        .with_single_cert(chain.collect(), key)
        .expect("a certificate");
    let accepting = async {
        let mut stream = TlsAcceptor::from(Arc::new(config)).accept(far).await?;
        stream.write_u8(1).await?;
        let certificates = stream.get_ref().1.peer_certificates();
        let first = certificates.and_then(|certificates| certificates.first()).map(|first| first.to_vec());
        Ok(first)
    };
    let connecting = async {
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        TlsConnector::from(Arc::new(client)).connect(name, near).await?.read_u8().await
    };
    let (accepted, connected): (std::io::Result<_>, _) = tokio::join!(accepting, connecting);
    connected?;
    accepted
}

/// Takes any client certificate or none, as a server of another TLS library may.
#[derive(Debug)]
struct AnyClient(Arc<CryptoProvider>);

impl ClientCertVerifier for AnyClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[tokio::test]
async fn a_client_certificate_of_version_1_is_sent() {
    let authority = Authority::new("example").expect("a certificate");
    let server = authority.server(&["kube.example.com"]).expect("a certificate");
    let trust = Trust::Only(certificates(authority.pem()).expect("PEM"));
    let own = identity(VERSION_1, KEY).expect("Go reads it");
    let client = client_config(&trust, Some(&own)).expect("a configuration");
    let sent = handshake(&server, "kube.example.com", client).await.expect("a connection");
    assert_eq!(sent.as_deref(), Some(go_formats::read_bundle(VERSION_1.as_bytes()).certificates[0].der()));
    let nobody = client_config(&trust, None).expect("a configuration");
    assert_eq!(handshake(&server, "kube.example.com", nobody).await.expect("a connection"), None);
}

/// What `openssl req -x509` makes: a certificate of a CA that is also the server's.
fn self_signed(name: &str) -> Identity {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).expect("a name");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).expect("a certificate").pem();
    Identity { certificate, key: key.serialize_pem().into() }
}

#[tokio::test]
async fn a_servers_own_certificate_is_trusted_for_its_names_while_it_is_valid() {
    let authority = Authority::new("example").expect("a certificate");
    let valid = |validity| authority.server_of(&["kube.example.com"], validity).expect("a certificate");
    for (server, name, expected) in [
        (self_signed("kube.example.com"), "kube.example.com", ""),
        (self_signed("kube.example.com"), "other.example.com", "is for another name"),
        // The CA that has signed it is not trusted, but the certificate itself is.
        (valid(Validity::Now), "kube.example.com", ""),
        (valid(Validity::Past), "kube.example.com", "has expired, at"),
        (valid(Validity::Future), "kube.example.com", "is not valid yet before"),
    ] {
        let trust = Trust::Only(certificates(&server.certificate).expect("PEM"));
        let client = client_config(&trust, None).expect("a configuration");
        let connected = handshake(&server, name, client).await;
        let said = connected.err().map(|error| TlsProblem::find(&error).expect("it is final").to_string());
        let said = said.unwrap_or_default();
        assert!(said.contains(expected) && said.is_empty() == expected.is_empty(), "{expected}: {said}");
    }
    let stranger =
        client_config(&Trust::Only(certificates(&self_signed("x").certificate).expect("PEM")), None);
    let refused = handshake(&self_signed("x"), "x", stranger.expect("a configuration")).await;
    assert!(refused.is_err(), "another certificate of the same name");
    let anything = client_config(&Trust::Anything, None).expect("a configuration");
    handshake(&self_signed("x"), "y", anything).await.expect("nothing is verified");
}

/// A certificate and its key, and another certificate for `kube.example.com` that this key has signed, as the holder of a server's key can make.
fn signed_by(is_ca: rcgen::IsCa, usages: Vec<rcgen::KeyUsagePurpose>) -> (String, Identity) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut params = rcgen::CertificateParams::new(vec!["own.example.com".to_owned()]).expect("a name");
    params.is_ca = is_ca;
    params.key_usages = usages;
    let signer = params.self_signed(&key).expect("a certificate").pem();
    let other_key = rcgen::KeyPair::generate().expect("a key");
    let other = rcgen::CertificateParams::new(vec!["kube.example.com".to_owned()]).expect("a name");
    let issuer = rcgen::Issuer::new(params, key);
    let other = other.signed_by(&other_key, &issuer).expect("a certificate").pem();
    (signer, Identity { certificate: other, key: other_key.serialize_pem().into() })
}

#[tokio::test]
async fn only_a_cas_certificate_vouches_for_others() {
    use rcgen::{BasicConstraints, IsCa, KeyUsagePurpose};
    let ca = || IsCa::Ca(BasicConstraints::Unconstrained);
    for (is_ca, usages, expected) in [
        (ca(), vec![], true),
        (ca(), vec![KeyUsagePurpose::KeyCertSign], true),
        (ca(), vec![KeyUsagePurpose::DigitalSignature], false),
        (IsCa::ExplicitNoCa, vec![], false),
        (IsCa::NoCa, vec![], false),
        (IsCa::ExplicitNoCa, vec![KeyUsagePurpose::KeyCertSign], false),
    ] {
        let (signer, server) = signed_by(is_ca, usages.clone());
        let signer = certificates(&signer).expect("PEM");
        // A CA beside it makes no difference.
        let more = certificates(Authority::new("another").expect("a certificate").pem()).expect("PEM");
        for trust in [
            Trust::Only(signer.clone()),
            Trust::Only([signer.clone(), more].concat()),
            Trust::System { extra: signer.clone() },
        ] {
            let client = client_config(&trust, None).expect("a configuration");
            let connected = handshake(&server, "kube.example.com", client).await;
            assert_eq!(connected.is_ok(), expected, "{is_ca:?} {usages:?} {trust:?}: {connected:?}");
        }
    }
}

#[test]
fn client_certificates_and_keys_are_rejected_in_plain_words() {
    let (one, other) = (example(), example());
    assert!(identity(&one.certificate, one.key.expose_secret()).is_ok());
    // A text with other blocks in it, as `openssl` prints them.
    let both = format!("{}{}", one.certificate, one.key.expose_secret());
    assert!(identity(&both, &both).is_ok());
    for (certificate, key, expected) in [
        (one.certificate.as_str(), other.key.expose_secret(), IdentityError::OtherKey),
        (&one.certificate, ENCRYPTED[0], IdentityError::EncryptedKey),
        (&one.certificate, ENCRYPTED[1], IdentityError::EncryptedKey),
        (&one.certificate, "", IdentityError::NoKey),
        (&one.certificate, &one.certificate, IdentityError::NoKey),
        (
            &one.certificate,
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            IdentityError::UnsupportedKey,
        ),
        ("", one.key.expose_secret(), IdentityError::NoCertificate),
    ] {
        assert_eq!(identity(certificate, key).err(), Some(expected));
    }
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let said = identity(broken, one.key.expose_secret()).expect_err("refused").to_string();
    assert!(said.contains("certificate 1 (line 1): it is not the DER"), "{said}");
}

#[test]
fn unreadable_certificates_are_skipped_only_where_kubectl_does() {
    let good = example().certificate;
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let both = format!("{good}{broken}");
    assert!(matches!(certificates(&both), Err(TrustError::Unreadable(_))));
    assert_eq!(readable_certificates(both.as_bytes()).expect("one").len(), 1);
    for nothing in ["", "hello"] {
        assert_eq!(certificates(nothing), Err(TrustError::NoCertificate));
        assert_eq!(readable_certificates(nothing.as_bytes()), Err(TrustError::NoCertificate));
    }
    assert!(matches!(readable_certificates(broken.as_bytes()), Err(TrustError::Unreadable(_))));
}
