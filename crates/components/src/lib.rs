//! One module per kind of component: they answer, others store.
