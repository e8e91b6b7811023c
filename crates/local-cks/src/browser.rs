//! A user in a browser, without a browser: follows redirects, submits the provider's login page, and follows the redirect to the program
//! that waits for the code. For kubelogin with `--skip-open-browser`.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use child_processes::with_causes;
use reqwest::{Certificate, Client, Response, header, redirect::Policy};
use secrecy::ExposeSecret as _;
use url::Url;

use crate::{
    error::Error,
    openid_provider::{OpenIdProvider, User},
};

/// Limit of pages, more than any login has.
const PAGES: usize = 10;

/// The URL that kubelogin prints for users, once its output contains it.
pub fn page_to_visit(printed: &str) -> Option<&str> {
    let (_, asked) = printed.split_once("Please visit the following URL in your browser: ")?;
    let (page, _) = asked.split_once('\n')?;
    Some(page.trim_end())
}

impl OpenIdProvider {
    /// Logs in at this page, and returns all visited pages. The last one is that of the program that started the login.
    pub async fn log_in(&self, user: &User, page: &str) -> Result<Vec<Url>, Error> {
        let browser = Browser::new(self, user)?;
        let page = Url::parse(page).map_err(|error| Error::Login(format!("{page} is no page: {error}")))?;
        self.background().run(browser.visit(page)).await?
    }
}

struct Browser {
    client: Client,
    login_page: String,
    user: User,
}

impl Browser {
    fn new(provider: &OpenIdProvider, user: &User) -> Result<Self, Error> {
        let root = Certificate::from_pem(provider.ca_pem().as_bytes()).map_err(failed)?;
        let client = Client::builder()
            .tls_certs_only([root])
            .no_proxy()
            .redirect(Policy::none())
            // kubelogin listens on 127.0.0.1 and prints `localhost`.
            .resolve("localhost", SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .timeout(Duration::from_secs(30));
        Ok(Self {
            client: client.build().map_err(failed)?,
            login_page: format!("{}/login", provider.issuer_url()),
            user: user.clone(),
        })
    }

    async fn visit(self, mut page: Url) -> Result<Vec<Url>, Error> {
        let mut visited = Vec::new();
        while visited.len() < PAGES {
            let mut answer = self.client.get(page.clone()).send().await.map_err(failed)?;
            visited.push(page.clone());
            if answer.status().is_success() && page.as_str().starts_with(&self.login_page) {
                answer = self.fill_in(&page).await?;
            }
            match next(&page, &answer) {
                Some(next) => page = next,
                None if answer.status().is_success() => return Ok(visited),
                None => {
                    let (status, text) = (answer.status(), answer.text().await.unwrap_or_default());
                    return Err(Error::Login(format!("{page} responds {status}: {}", text.trim())));
                }
            }
        }
        Err(Error::Login(format!("{PAGES} pages without an end of the login, the last one is {page}")))
    }

    /// Posts the login page's form.
    async fn fill_in(&self, page: &Url) -> Result<Response, Error> {
        let request = page.query_pairs().find_map(|(name, value)| (name == "request").then_some(value));
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("request", &request.unwrap_or_default())
            .append_pair("name", self.user.name())
            .append_pair("password", self.user.own_password().expose_secret())
            .finish();
        let post = self.client.post(&self.login_page);
        let post = post.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        post.send().await.map_err(failed)
    }
}

/// Target of a redirect.
fn next(page: &Url, answer: &Response) -> Option<Url> {
    let location = answer.status().is_redirection().then(|| answer.headers().get(header::LOCATION))??;
    page.join(location.to_str().ok()?).ok()
}

#[expect(clippy::needless_pass_by_value, reason = "it is made for map_err")]
fn failed(error: reqwest::Error) -> Error {
    Error::Login(with_causes(&error))
}

#[cfg(test)]
mod tests {
    use super::page_to_visit;

    #[test]
    fn the_page_is_known_when_its_whole_line_is_printed() {
        let line = "Please visit the following URL in your browser: http://localhost:8000";
        assert_eq!(page_to_visit(line), None);
        assert_eq!(page_to_visit(&format!("warning: slow\n{line}\n")), Some("http://localhost:8000"));
        assert_eq!(page_to_visit("error: no listener\n"), None);
    }
}
