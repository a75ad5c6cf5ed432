//! French.

use super::{Landing, Notice, Opening, Sheet, Texts, Typing};

pub(crate) static TEXTS: Texts = Texts {
    lang: "fr",
    direction: "ltr",
    landing: Landing {
        title: "Configurer votre softphone",
        lead: "Ce lien installe votre numéro de téléphone dans une application. Cela prend une minute.",
        here: "Sur cet appareil",
        here_install: "L’application n’est pas encore installée ? Téléchargez d’abord Linphone, puis revenez sur cette page.",
        open: "Ouvrir l’application",
        scan: "Scanner avec un téléphone",
        scan_install: "Installez Linphone sur le téléphone :",
        scan_choose: "Lancez l’application et choisissez de scanner un code QR.",
        scan_hold: "Placez le téléphone devant le code affiché sur cette page.",
        code: "Code QR de ce lien",
        address: "Pas d’appareil photo ? Saisissez plutôt cette adresse dans l’application :",
        keep: "Ce lien vous est destiné. Toute personne qui le possède peut configurer votre numéro : ne le transmettez à personne.",
    },
    opening: Opening {
        title: "Ouverture de l’application",
        lead: "Votre appareil peut demander si cette page est autorisée à l’ouvrir.",
        again: "Ouvrir l’application",
        missing: "Rien ne se passe ? Linphone n’est pas encore installé sur cet appareil.",
        back: "Retour aux étapes",
    },
    refused: Notice {
        title: "Ce lien ne fonctionne pas (ou plus)",
        lead: "Il a peut-être expiré, déjà servi sur tous les appareils prévus, ou n’a pas été copié en entier.",
        next: "Utilisez le lien du dernier message reçu. Ou faites-vous envoyer un nouveau lien à l’adresse où vous avez reçu celui-ci.",
    },
    renew: "M’envoyer un nouveau lien",
    asked: Notice {
        title: "Consultez votre messagerie",
        lead: "Si ce lien vous était destiné et qu’un nouveau peut être envoyé, il est en route vers l’adresse où vous l’aviez reçu.",
        next: "Toujours rien après dix minutes ? Adressez-vous à la personne qui gère votre téléphone.",
    },
    typing: Typing {
        title: "Saisissez votre code",
        lead: "Il figure à côté du code QR dans votre message ou sur votre fiche : trois groupes de quatre lettres et chiffres.",
        label: "Code",
        button: "Continuer",
        wrong: "Ce code ne fonctionne pas (ou plus). Comparez-le encore une fois avec votre message.",
    },
    sheet: Sheet {
        type_at: "Pas d’appareil photo ? Ouvrez cette adresse et saisissez le code :",
        until: "Valable jusqu’au",
    },
    busy: Notice {
        title: "Trop d’essais",
        lead: "Depuis votre connexion, trop de liens ou de codes ont échoué en peu de temps.",
        next: "Attendez quelques minutes, puis réessayez.",
    },
    fine: Notice {
        title: "Ce serveur fonctionne",
        lead: "Il mène du lien reçu dans un message au softphone. Il n’y a rien d’autre à voir ici.",
        next: "Vous avez un lien ? Ouvrez-le exactement tel qu’il figure dans votre message.",
    },
    not_allowed: Notice {
        title: "Cela n’est pas possible ici",
        lead: "Cette adresse n’accepte pas ce type de demande.",
        next: "Vous avez un lien ? Ouvrez-le exactement tel qu’il figure dans votre message.",
    },
    not_found: Notice {
        title: "Il n’y a rien à cette adresse",
        lead: "L’adresse n’a peut-être pas été copiée en entier.",
        next: "Vous avez un lien ? Ouvrez-le exactement tel qu’il figure dans votre message.",
    },
    trouble: Notice {
        title: "Cela ne fonctionne pas pour le moment",
        lead: "Le problème vient d’ici, pas de votre lien.",
        next: "Attendez une minute, puis ouvrez de nouveau le lien.",
    },
    help: "Aide",
    privacy: "Cette page ne dépose aucun cookie et ne charge rien d’ailleurs.",
};
