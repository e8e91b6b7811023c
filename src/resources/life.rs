//! How a resource hands its life on to the mechanism of its sort: [`super::cluster_block`] or [`super::object`].

/// `lives_as!(Type, module)`: implements `Resource` by the functions of `module`. The trait is the framework's, so Rust allows no
/// implementation for all types of a sort.
macro_rules! lives_as {
    ($resource:ty, $life:ident) => {
        impl ::tfplugin::Resource for $resource {
            type Provider = ::clusters::Clusters;

            fn validate(
                config: &<Self as ::tfplugin::Schema>::Partial,
                report: &mut ::tfplugin::Diagnostics,
            ) {
                $crate::resources::$life::validate::<Self>(config, report);
            }

            async fn plan(
                plan: &mut ::tfplugin::Plan<Self>,
                context: &::tfplugin::Context<Self::Provider>,
            ) -> Result<(), ::tfplugin::Error> {
                $crate::resources::$life::plan(plan, context).await
            }

            async fn plan_destroy(
                prior: &Self,
                context: &::tfplugin::Context<Self::Provider>,
            ) -> Result<(), ::tfplugin::Error> {
                $crate::resources::$life::plan_destroy(prior, context).await
            }

            async fn create(
                self,
                context: &::tfplugin::Context<Self::Provider>,
            ) -> Result<Self, ::tfplugin::Error> {
                $crate::resources::$life::create(self, context).await
            }

            async fn read(
                self,
                context: &::tfplugin::Context<Self::Provider>,
            ) -> Result<Option<Self>, ::tfplugin::Error> {
                $crate::resources::$life::read(self, context).await
            }

            async fn update(
                self,
                prior: Self,
                context: &::tfplugin::Context<Self::Provider>,
            ) -> Result<Self, ::tfplugin::Error> {
                $crate::resources::$life::update(self, &prior, context).await
            }

            async fn delete(
                self,
                context: &::tfplugin::Context<Self::Provider>,
            ) -> Result<(), ::tfplugin::Error> {
                $crate::resources::$life::delete(self, context).await
            }

            async fn import(
                from: ::tfplugin::Import,
                context: &::tfplugin::Context<Self::Provider>,
            ) -> Result<Self, ::tfplugin::Error> {
                $crate::resources::$life::import(from, context).await
            }
        }
    };
}

pub(super) use lives_as;
