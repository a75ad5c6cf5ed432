//! The form of a profile: what was typed as settings, and settings as fields with all that is told of them.

use std::{collections::HashMap, fmt::Write as _};

use console::profile::{Choice, Entry, SettingField, SettingGroup};
use model::{
    ClientKind, ProfileSettings,
    profile::{Control, Group, SETTINGS, Setting},
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// What was typed: the profile's name, settings by their keys, and what the form itself adds.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Typed(HashMap<String, String>);

impl Typed {
    /// A profile as it stands in the form.
    pub(super) fn of(name: &str, settings: &ProfileSettings) -> Self {
        let values = SETTINGS
            .iter()
            .map(|setting| (setting.key.to_owned(), setting.typed(&setting.of(settings))));
        Self(
            values
                .chain([("name".to_owned(), name.to_owned())])
                .collect(),
        )
    }

    /// Made of the profile's version `version`.
    pub(super) fn seen(mut self, version: i64) -> Self {
        self.0.insert("version".to_owned(), version.to_string());
        self
    }

    /// The version of the profile that the form was made of; empty: none.
    pub(super) fn version(&self) -> &str {
        self.get("version")
    }

    /// Whether what the change comes to was shown and agreed to.
    pub(super) fn is_agreed(&self) -> bool {
        self.get("agreed") == "1"
    }

    /// Whether the form is to be shown again.
    pub(super) fn is_back(&self) -> bool {
        self.get("agreed") == "back"
    }

    /// Everything that was typed, to be posted again.
    pub(super) fn all(&self) -> Vec<(String, String)> {
        let mut all: Vec<_> = self.0.clone().into_iter().collect();
        all.retain(|(key, _)| key != "agreed");
        all.sort_unstable();
        all
    }

    /// The profile's name.
    pub(super) fn name(&self) -> &str {
        self.get("name")
    }

    /// The client that was chosen.
    pub(super) fn client(&self) -> Option<ClientKind> {
        ClientKind::parse(self.get("client"))
    }

    fn get(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }

    /// The settings; what was not typed has its default.
    ///
    /// # Errors
    /// A fault of each setting whose text is no number or none of the choices.
    pub(super) fn settings(&self) -> Result<ProfileSettings, users::Error> {
        let (mut values, mut faults) = (Map::new(), vec![]);
        for setting in SETTINGS {
            match setting.read(self.get(setting.key)) {
                Ok(value) => {
                    values.insert(setting.key.to_owned(), value);
                }
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() {
            let read = serde_json::from_value(Value::Object(values));
            Ok(read.expect("every value was read as its setting wants it"))
        } else {
            Err(users::Error::Unfit(faults))
        }
    }

    /// The fields, group by group.
    pub(super) fn groups(&self) -> Vec<SettingGroup> {
        let ignored = Ignored::by(&self.settings().unwrap_or_else(|_| ProfileSettings {
            client: ClientKind::parse(self.get("client")).unwrap_or(ClientKind::Linphone),
            ..ProfileSettings::default()
        }));
        let fields = |group| {
            let own = SETTINGS
                .iter()
                .filter(move |setting| setting.group == group);
            own.map(|setting| self.field(setting, &ignored)).collect()
        };
        let groups = Group::ALL.into_iter().map(|group| SettingGroup {
            name: group.name().to_owned(),
            title: group.title().to_owned(),
            fields: fields(group),
        });
        groups.collect()
    }

    fn field(&self, setting: &'static Setting, ignored: &Ignored) -> SettingField {
        let value = self.get(setting.key).to_owned();
        SettingField {
            key: setting.key.to_owned(),
            title: setting.title.to_owned(),
            help: help(setting),
            unit: setting.unit.to_owned(),
            entry: entry(setting, &value),
            ignored: ignored.chosen(setting.key).to_owned(),
            ignored_by: ignored.others(setting.key),
            value,
        }
    }
}

fn entry(setting: &Setting, value: &str) -> Entry {
    let mut choices: Vec<_> = setting
        .options()
        .iter()
        .map(|option| Choice {
            value: option.value.to_owned(),
            title: option.title.to_owned(),
            help: option.help.to_owned(),
        })
        .collect();
    match setting.control {
        Control::Text | Control::List => Entry::Line,
        Control::Lines => Entry::Lines,
        Control::Number { .. } => Entry::Number,
        _ if choices.iter().any(|choice| !choice.help.is_empty()) => Entry::Radios(choices),
        Control::Choice(_) | Control::Flag => {
            if !value.is_empty() && choices.iter().all(|choice| choice.value != value) {
                // It was set by the API, and saving the form keeps it.
                choices.push(Choice {
                    value: value.to_owned(),
                    title: value.to_owned(),
                    help: String::new(),
                });
            }
            Entry::Select(choices)
        }
    }
}

const TO_MEMORY: &str = "writing to a string cannot fail";

/// The help with bounds and default.
fn help(setting: &Setting) -> String {
    let mut help = setting.help.to_owned();
    if let Control::Number { min, max, .. } = setting.control {
        write!(help, " {min} to {max}.").expect(TO_MEMORY);
    }
    let default = setting.shown(&setting.default());
    if !default.is_empty() {
        write!(help, " Default: {default}.").expect(TO_MEMORY);
    }
    help
}

/// Who ignores what.
struct Ignored {
    client: ClientKind,
    chosen: HashMap<&'static str, &'static str>,
}

impl Ignored {
    fn by(settings: &ProfileSettings) -> Self {
        Self {
            client: settings.client,
            chosen: clients::ignored_of(settings).copied().collect(),
        }
    }

    fn chosen(&self, key: &str) -> &'static str {
        self.chosen.get(key).copied().unwrap_or_default()
    }

    fn others(&self, key: &str) -> Vec<(String, String)> {
        let others = ClientKind::ALL
            .into_iter()
            .filter(|kind| *kind != self.client);
        let why = |kind| {
            clients::ignored(kind)
                .iter()
                .find(|(ignored, _)| *ignored == key)
        };
        others
            .filter_map(|kind| Some((kind.title().to_owned(), why(kind)?.1.to_owned())))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use model::{Fetch, LinkMode};

    use super::*;

    fn faults(typed: &[(&str, &str)]) -> Vec<String> {
        let typed = typed
            .iter()
            .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
        match Typed(typed.collect()).settings() {
            Err(users::Error::Unfit(faults)) => faults.into_iter().map(|f| f.field).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_profile_reads_back_from_its_form() {
        let kept = ProfileSettings {
            client: ClientKind::Baresip,
            link_mode: LinkMode::Direct,
            sip_port: 5070,
            codecs: vec!["opus".into(), "PCMA".into()],
            fetch: Fetch::Once,
            push: false,
            language: "pt-BR".into(),
            help: "Call 100.\nOr 101.".into(),
            ..ProfileSettings::default()
        };
        let typed = Typed::of("Office", &kept);
        assert_eq!((typed.name(), typed.settings().unwrap()), ("Office", kept));
    }

    #[test]
    fn a_person_is_offered_the_languages_of_a_profile() {
        let language = SETTINGS.iter().find(|s| s.key == "language").unwrap();
        let of_profile: Vec<_> = language
            .options()
            .iter()
            .map(|option| (option.value, option.title))
            .collect();
        assert_eq!(of_profile, console::profile::LANGUAGES);
    }

    #[test]
    fn an_empty_form_is_the_defaults() {
        let nothing = Typed(HashMap::new());
        assert_eq!(nothing.settings().unwrap(), ProfileSettings::default());
    }

    #[test]
    fn an_impossible_port_or_choice_is_a_fault_and_never_another_value() {
        assert_eq!(
            faults(&[("sip_port", "70000"), ("client", "none")]),
            ["client", "sip_port"]
        );
    }

    #[test]
    fn a_field_tells_bounds_default_and_who_ignores_it() {
        let typed = Typed::of("Office", &ProfileSettings::default());
        let fields: Vec<_> = typed.groups().into_iter().flat_map(|g| g.fields).collect();
        let one = |key: &str| fields.iter().find(|field| field.key == key).unwrap();
        assert!(
            one("devices")
                .help
                .ends_with("1 to 20. Default: 3 devices.")
        );
        assert_eq!(one("push").ignored, "");
        assert_eq!(one("push").ignored_by[0].0, "baresip");
        let typed = Typed::of(
            "Desk",
            &ProfileSettings {
                client: ClientKind::Baresip,
                ..ProfileSettings::default()
            },
        );
        let fields: Vec<_> = typed.groups().into_iter().flat_map(|g| g.fields).collect();
        let push = fields.iter().find(|field| field.key == "push").unwrap();
        assert!(!push.ignored.is_empty());
    }
}
