//! Pretend components and a mail catcher over real HTTP and SMTP.
