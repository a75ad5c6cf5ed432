//! The bound on open connections. A connection beyond it is closed before anything is read.

use std::future::{Ready, ready};
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum_server::accept::Accept;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::Service;

/// Accepts so many connections at a time.
#[derive(Debug, Clone)]
pub(crate) struct Bounded(Arc<Semaphore>);

impl Bounded {
    pub(crate) fn new(connections: usize) -> Self {
        Self(Arc::new(Semaphore::new(connections)))
    }
}

impl<I, S> Accept<I, S> for Bounded {
    type Stream = I;
    type Service = Counted<S>;
    type Future = Ready<io::Result<(I, Counted<S>)>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let place = Arc::clone(&self.0).try_acquire_owned();
        ready(match place {
            Ok(place) => Ok((
                stream,
                Counted {
                    service,
                    _place: Arc::new(place),
                },
            )),
            Err(_) => Err(io::Error::other("too many connections are open")),
        })
    }
}

/// A connection's service, holding its place until the connection ends.
#[derive(Debug, Clone)]
pub(crate) struct Counted<S> {
    service: S,
    _place: Arc<OwnedSemaphorePermit>,
}

impl<S: Service<R>, R> Service<R> for Counted<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.service.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_place_is_free_again_when_its_connection_ends() {
        let bounded = Bounded::new(1);
        let first = bounded.accept((), "service").await.unwrap();
        assert!(bounded.accept((), "service").await.is_err());
        drop(first);
        assert!(bounded.accept((), "service").await.is_ok());
    }
}
