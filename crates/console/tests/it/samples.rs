//! Every page's samples, rendered; shared by the tests and the gallery.

use askama::Template;
use console::{
    brand, changes, connection, connection_form, connections, csv, entry, import_users, job, jobs,
    mail_history, mail_template, mail_templates, making, manage, outbox, person, plan, plan_items,
    precedence, preview, problem, profile, profile_change, profile_history, profile_removal,
    profiles, set_up, sheet, sign_in, today, undo, user, user_plan,
};

type Rendered = (&'static str, askama::Result<String>);

/// The pages about mail.
fn of_mail() -> Vec<Rendered> {
    vec![
        (
            "mail-templates",
            mail_templates::MailTemplatesPage::sample().render(),
        ),
        (
            "mail-template",
            mail_template::MailTemplatePage::sample().render(),
        ),
        (
            "mail-template-shipped",
            mail_template::MailTemplatePage::sample_shipped().render(),
        ),
        (
            "mail-history",
            mail_history::MailHistoryPage::sample().render(),
        ),
        (
            "mail-template-overtaken",
            mail_template::MailTemplatePage::sample_overtaken().render(),
        ),
        (
            "brand-overtaken",
            brand::BrandPage::sample_overtaken().render(),
        ),
        ("brand", brand::BrandPage::sample().render()),
        ("brand-shipped", brand::BrandPage::sample_shipped().render()),
        ("outbox", outbox::OutboxPage::sample().render()),
        ("outbox-empty", outbox::OutboxPage::sample_empty().render()),
    ]
}

/// The name of each sample and its HTML.
pub(crate) fn all() -> Vec<Rendered> {
    let mut all = vec![
        ("sign-in", sign_in::SignInPage::default().render()),
        ("sign-in-wrong", sign_in::SignInPage::sample().render()),
        ("set-up", set_up::SetUpPage::sample().render()),
        ("today", today::TodayPage::sample().render()),
        ("today-empty", today::TodayPage::sample_empty().render()),
        ("import", import_users::ImportUsersPage::sample().render()),
        (
            "import-empty",
            import_users::ImportUsersPage::sample_empty().render(),
        ),
        (
            "import-no-match",
            import_users::ImportUsersPage::sample_no_match().render(),
        ),
        ("entry", entry::EntryPage::sample().render()),
        ("making", making::MakingPage::sample().render()),
        ("plan", plan::PlanPage::sample().render()),
        ("plan-items", plan_items::PlanItemsPage::sample().render()),
        ("preview", preview::PreviewPage::sample().render()),
        ("jobs", jobs::JobsPage::sample().render()),
        ("job", job::JobPage::sample().render()),
        ("job-paused", job::JobPage::sample_paused().render()),
        ("job-done", job::JobPage::sample_done().render()),
        ("precedence", precedence::PrecedencePage::sample().render()),
        (
            "precedences",
            precedence::PrecedencesPage::sample().render(),
        ),
        ("undo", undo::UndoPage::sample().render()),
        ("manage", manage::ManagePage::sample().render()),
        ("manage-empty", manage::ManagePage::sample_empty().render()),
        ("user", user::UserPage::sample().render()),
        ("sheet", sheet::SheetPage::sample().render()),
        ("sheet-asked", sheet::SheetPage::sample_asked().render()),
        ("person-new", person::PersonPage::sample().render()),
        ("person", person::PersonPage::sample_sourced().render()),
        ("import-csv", csv::ImportCsvPage::sample().render()),
        ("mapping", csv::MappingPage::sample().render()),
        ("export", csv::ExportPage::sample().render()),
        (
            "user-plan-wave",
            user_plan::UserPlanPage::sample_wave().render(),
        ),
        ("user-plan", user_plan::UserPlanPage::sample().render()),
        ("changes", changes::ChangesPage::sample().render()),
        ("profiles", profiles::ProfilesPage::sample().render()),
        (
            "profiles-empty",
            profiles::ProfilesPage::sample_empty().render(),
        ),
        (
            "connections",
            connections::ConnectionsPage::sample().render(),
        ),
        (
            "connections-empty",
            connections::ConnectionsPage::sample_empty().render(),
        ),
        (
            "connection-kinds",
            connection_form::ConnectionKindsPage::sample().render(),
        ),
        (
            "connection-form",
            connection_form::ConnectionFormPage::sample().render(),
        ),
        (
            "connection-form-remote",
            connection_form::ConnectionFormPage::sample_remote().render(),
        ),
        (
            "connection-form-preview",
            connection_form::ConnectionFormPage::sample_preview().render(),
        ),
        (
            "connection-form-unread",
            connection_form::ConnectionFormPage::sample_unread().render(),
        ),
        ("connection", connection::ConnectionPage::sample().render()),
        (
            "connection-waiting",
            connection::ConnectionPage::sample_waiting().render(),
        ),
        (
            "connection-verified",
            connection::ConnectionPage::sample_verified().render(),
        ),
        (
            "connection-pushed",
            connection::ConnectionPage::sample_pushed().render(),
        ),
        ("problem", problem::ProblemPage::sample().render()),
        ("not-found", problem::ProblemPage::not_found(None).render()),
    ];
    all.extend(of_mail());
    all.extend(of_profiles());
    all
}

fn of_profiles() -> Vec<Rendered> {
    vec![
        ("profile", profile::ProfilePage::sample().render()),
        ("profile-new", profile::ProfilePage::sample_new().render()),
        (
            "profile-change",
            profile_change::ProfileChangePage::sample().render(),
        ),
        (
            "profile-history",
            profile_history::ProfileHistoryPage::sample().render(),
        ),
        (
            "profile-removal",
            profile_removal::ProfileRemovalPage::sample().render(),
        ),
        (
            "profile-removal-unused",
            profile_removal::ProfileRemovalPage::sample_unused().render(),
        ),
    ]
}
