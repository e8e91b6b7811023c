//! Robots: a TokenReview webhook authenticates them.

use crate::{
    environment::{Environment, ROBOT, ROBOT_TOKEN},
    failure::Failure,
    requests::Login,
    story::Story,
};

pub(super) async fn have_the_identity_of_the_webhook(
    story: &Story,
    environment: &Environment,
) -> Result<(), Failure> {
    review(story, environment, ROBOT_TOKEN, "the robot's token").await.and_then(|found| {
        let expected = Login::Accepted {
            user: ROBOT.to_owned(),
            groups: vec!["robots".to_owned(), "system:authenticated".to_owned()],
        };
        story.check(&format!("it is {ROBOT}"), &found, &expected)
    })?;
    let received = environment.webhook.reviews().iter().any(|spec| spec["token"] == ROBOT_TOKEN);
    story.check("the webhook received the review", &received, &true)?;
    let found = review(story, environment, "another-token", "another token").await?;
    story.check("401 Unauthorized: the webhook rejects it", &found, &Login::Rejected)
}

/// After the destroy the webhook receives no reviews.
pub(super) async fn are_unknown(story: &Story, environment: &Environment) -> Result<(), Failure> {
    let found = review(story, environment, ROBOT_TOKEN, "the robot's token").await?;
    story.check("401 Unauthorized: the webhook receives no review any more", &found, &Login::Rejected)
}

async fn review(
    story: &Story,
    environment: &Environment,
    token: &str,
    shown: &str,
) -> Result<Login, Failure> {
    let url = environment.cluster.login_url();
    story.request(&format!("POST {url}"), &format!("Authorization: Bearer ({shown})"));
    environment.requests.log_in(&environment.cluster, &token.into()).await
}
