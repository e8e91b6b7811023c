//! Who does the work, and the same work as the configuration of each.

use std::{fmt, fmt::Write as _};

use crate::section::Kind;

/// Who does the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Contender {
    /// This provider.
    Cks,
    /// hashicorp/kubernetes.
    Kubernetes,
    /// Terraform itself: as many `terraform_data`, which need no provider.
    Floor,
}

/// Names of the types of a hashicorp/kubernetes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PeerTypes {
    /// With `_v1`: version 2.7 and newer.
    #[default]
    Versioned,
    /// As older versions have them.
    Plain,
}

impl PeerTypes {
    /// A name that only the newer ones have.
    pub(crate) const VERSIONED: &'static str = "kubernetes_cluster_role_binding_v1";
}

/// A cluster of the configuration.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) cluster_id: String,
    /// Host of the managed endpoint.
    pub(crate) host: String,
}

impl Contender {
    /// Name in tables.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Cks => "cks",
            Self::Kubernetes => "hashicorp/kubernetes",
            Self::Floor => "floor",
        }
    }

    /// Source of the provider, if it needs one.
    pub(crate) const fn source(self) -> Option<&'static str> {
        match self {
            Self::Cks => Some("cks-community/cks"),
            Self::Kubernetes => Some("hashicorp/kubernetes"),
            Self::Floor => None,
        }
    }

    /// Whether it has resources of this kind with the same meaning. A token of hashicorp/kubernetes is neither read nor revoked.
    pub(crate) const fn has(self, kind: Kind) -> bool {
        !matches!((self, kind), (Self::Kubernetes, Kind::Token))
    }

    /// A configuration with this number of resources, the same number in each cluster.
    pub(crate) fn configuration(
        self,
        kind: Kind,
        objects: usize,
        places: &[Place],
        peer: PeerTypes,
    ) -> String {
        let each = objects / places.len().max(1);
        match self {
            Self::Floor => {
                let of_place =
                    |(index, place): (usize, &Place)| of_floor(kind, index, each, &place.cluster_id);
                places.iter().enumerate().map(of_place).collect()
            }
            Self::Cks => {
                let mut text = required("cks", "cks-community/cks");
                for (index, place) in places.iter().enumerate() {
                    text += &of_cks(kind, index, each, &place.cluster_id);
                }
                text
            }
            Self::Kubernetes => {
                let mut text = required("kubernetes", "hashicorp/kubernetes");
                for (index, place) in places.iter().enumerate() {
                    text += &of_kubernetes(kind, index, each, &place.host, peer);
                }
                text
            }
        }
    }
}

impl fmt::Display for Contender {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

fn required(name: &str, source: &str) -> String {
    format!("terraform {{\n  required_providers {{\n    {name} = {{ source = {source:?} }}\n  }}\n}}\n")
}

/// Resources of this provider in one cluster.
fn of_cks(kind: Kind, place: usize, count: usize, cluster_id: &str) -> String {
    let resource = match kind {
        Kind::Binding => "cks_rbac_binding",
        Kind::Token => "cks_service_account_token",
        Kind::Namespace => "cks_namespace",
    };
    let arguments: String = lines("  ", &arguments(kind, place, cluster_id));
    format!("\nresource {resource:?} \"place_{place}\" {{\n  count = {count}\n{arguments}}}\n")
}

/// As many resources of Terraform itself, with what identifies ours. Terraform writes its whole state after each resource, so that its time
/// depends on how large their states are; a `terraform_data` stores its input twice, with its type.
fn of_floor(kind: Kind, place: usize, count: usize, cluster_id: &str) -> String {
    let mut arguments = arguments(kind, place, cluster_id);
    arguments.truncate(if kind == Kind::Token { 3 } else { 2 });
    let identity = lines("    ", &arguments);
    format!(
        "\nresource \"terraform_data\" \"place_{place}\" {{\n  count = {count}\n  input = {{\n{identity}  }}\n}}\n"
    )
}

/// The arguments of one resource, those that identify it first. The places have different names for their objects, since clusters may
/// share a Kubernetes.
fn arguments(kind: Kind, place: usize, cluster_id: &str) -> Vec<String> {
    let cluster = format!("cluster_id = {cluster_id:?}");
    let name = format!("name = \"bench-{place}-${{count.index}}\"");
    let constant = str::to_owned;
    match kind {
        Kind::Binding => vec![
            cluster,
            name,
            constant("cluster_role = \"view\""),
            constant("groups = [\"oidc:team-${count.index}\"]"),
        ],
        Kind::Token => vec![
            cluster,
            constant("namespace = \"default\""),
            constant("service_account = \"bench-${count.index}\""),
        ],
        Kind::Namespace => vec![cluster, name, constant("deletion_protection = false")],
    }
}

fn lines(indent: &str, lines: &[String]) -> String {
    lines.iter().flat_map(|line| [indent, line, "\n"]).collect()
}

/// The same objects by hashicorp/kubernetes. It has one provider configuration for each cluster; the token is in `KUBE_TOKEN`.
fn of_kubernetes(kind: Kind, place: usize, count: usize, host: &str, types: PeerTypes) -> String {
    let mut text = format!(
        "\nprovider \"kubernetes\" {{\n  alias = \"place_{place}\"\n  host = \"https://{host}\"\n}}\n"
    );
    let name = format!("    name = \"bench-{place}-${{count.index}}\"\n");
    let (resource, rest) = match kind {
        Kind::Binding => (
            "kubernetes_cluster_role_binding",
            "  role_ref {\n    api_group = \"rbac.authorization.k8s.io\"\n    kind = \"ClusterRole\"\n    name = \"view\"\n  }\n  \
             subject {\n    api_group = \"rbac.authorization.k8s.io\"\n    kind = \"Group\"\n    name = \"oidc:team-${count.index}\"\n  }\n",
        ),
        Kind::Token | Kind::Namespace => ("kubernetes_namespace", ""),
    };
    let resource = match types {
        PeerTypes::Versioned => format!("{resource}_v1"),
        PeerTypes::Plain => resource.to_owned(),
    };
    let _ = write!(
        text,
        "\nresource {resource:?} \"place_{place}\" {{\n  provider = kubernetes.place_{place}\n  count = {count}\n  \
         metadata {{\n{name}  }}\n{rest}}}\n"
    );
    text
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(contender: Contender, kind: Kind, expected: &Expect) {
        let place =
            |number| Place { cluster_id: format!("id-{number}"), host: format!("{number}.example.com") };
        let configuration = contender.configuration(kind, 4, &[place(0), place(1)], PeerTypes::Versioned);
        expected.assert_eq(&configuration);
    }

    #[test]
    fn the_floor_has_as_many_resources_with_the_same_identity() {
        check(
            Contender::Floor,
            Kind::Binding,
            &expect![[r#"

                resource "terraform_data" "place_0" {
                  count = 2
                  input = {
                    cluster_id = "id-0"
                    name = "bench-0-${count.index}"
                  }
                }

                resource "terraform_data" "place_1" {
                  count = 2
                  input = {
                    cluster_id = "id-1"
                    name = "bench-1-${count.index}"
                  }
                }
            "#]],
        );
    }

    #[test]
    fn bindings_are_the_same_objects_for_both_providers() {
        check(
            Contender::Cks,
            Kind::Binding,
            &expect![[r#"
            terraform {
              required_providers {
                cks = { source = "cks-community/cks" }
              }
            }

            resource "cks_rbac_binding" "place_0" {
              count = 2
              cluster_id = "id-0"
              name = "bench-0-${count.index}"
              cluster_role = "view"
              groups = ["oidc:team-${count.index}"]
            }

            resource "cks_rbac_binding" "place_1" {
              count = 2
              cluster_id = "id-1"
              name = "bench-1-${count.index}"
              cluster_role = "view"
              groups = ["oidc:team-${count.index}"]
            }
        "#]],
        );
        check(
            Contender::Kubernetes,
            Kind::Binding,
            &expect![[r#"
            terraform {
              required_providers {
                kubernetes = { source = "hashicorp/kubernetes" }
              }
            }

            provider "kubernetes" {
              alias = "place_0"
              host = "https://0.example.com"
            }

            resource "kubernetes_cluster_role_binding_v1" "place_0" {
              provider = kubernetes.place_0
              count = 2
              metadata {
                name = "bench-0-${count.index}"
              }
              role_ref {
                api_group = "rbac.authorization.k8s.io"
                kind = "ClusterRole"
                name = "view"
              }
              subject {
                api_group = "rbac.authorization.k8s.io"
                kind = "Group"
                name = "oidc:team-${count.index}"
              }
            }

            provider "kubernetes" {
              alias = "place_1"
              host = "https://1.example.com"
            }

            resource "kubernetes_cluster_role_binding_v1" "place_1" {
              provider = kubernetes.place_1
              count = 2
              metadata {
                name = "bench-1-${count.index}"
              }
              role_ref {
                api_group = "rbac.authorization.k8s.io"
                kind = "ClusterRole"
                name = "view"
              }
              subject {
                api_group = "rbac.authorization.k8s.io"
                kind = "Group"
                name = "oidc:team-${count.index}"
              }
            }
        "#]],
        );
    }

    #[test]
    fn an_older_peer_has_types_without_a_version() {
        let of = |types| Contender::Kubernetes.configuration(Kind::Binding, 1, &[], types);
        assert_eq!(of(PeerTypes::Plain), of(PeerTypes::Versioned), "no place, no resource");
        let place = Place { cluster_id: "id".to_owned(), host: "example.com".to_owned() };
        let text = Contender::Kubernetes.configuration(Kind::Namespace, 1, &[place], PeerTypes::Plain);
        assert!(text.contains("resource \"kubernetes_namespace\""), "{text}");
    }

    #[test]
    fn namespaces_and_tokens_have_what_their_kinds_need() {
        check(
            Contender::Cks,
            Kind::Namespace,
            &expect![[r#"
            terraform {
              required_providers {
                cks = { source = "cks-community/cks" }
              }
            }

            resource "cks_namespace" "place_0" {
              count = 2
              cluster_id = "id-0"
              name = "bench-0-${count.index}"
              deletion_protection = false
            }

            resource "cks_namespace" "place_1" {
              count = 2
              cluster_id = "id-1"
              name = "bench-1-${count.index}"
              deletion_protection = false
            }
        "#]],
        );
        check(
            Contender::Cks,
            Kind::Token,
            &expect![[r#"
            terraform {
              required_providers {
                cks = { source = "cks-community/cks" }
              }
            }

            resource "cks_service_account_token" "place_0" {
              count = 2
              cluster_id = "id-0"
              namespace = "default"
              service_account = "bench-${count.index}"
            }

            resource "cks_service_account_token" "place_1" {
              count = 2
              cluster_id = "id-1"
              namespace = "default"
              service_account = "bench-${count.index}"
            }
        "#]],
        );
        assert!(!Contender::Kubernetes.has(Kind::Token));
    }
}
