//! Spanish.

use super::{Landing, Notice, Opening, Sheet, Texts, Typing};

pub(crate) static TEXTS: Texts = Texts {
    lang: "es",
    direction: "ltr",
    landing: Landing {
        title: "Configure su softphone",
        lead: "Este enlace lleva su número de teléfono a una aplicación. Solo tarda un minuto.",
        here: "En este dispositivo",
        here_install: "¿Aún no está instalada? Descargue primero Linphone y vuelva después a esta página.",
        open: "Abrir la aplicación",
        scan: "Escanear con un móvil",
        scan_install: "Instale Linphone en el móvil:",
        scan_choose: "Abra la aplicación y elija escanear un código QR.",
        scan_hold: "Ponga el móvil delante del código de esta página.",
        code: "Código QR de este enlace",
        address: "¿No tiene cámara? Escriba esta dirección en la aplicación:",
        keep: "Este enlace es para usted. Quien lo tenga puede configurar su número, así que no lo comparta.",
    },
    opening: Opening {
        title: "Abriendo la aplicación",
        lead: "Es posible que su dispositivo pregunte si esta página puede abrirla.",
        again: "Abrir la aplicación",
        missing: "¿No ocurre nada? Entonces Linphone todavía no está instalado en este dispositivo.",
        back: "Volver a los pasos",
    },
    refused: Notice {
        title: "Este enlace no funciona (o ya no)",
        lead: "Puede que haya caducado, que ya se haya usado en todos los dispositivos previstos o que no se haya copiado entero.",
        next: "Use el enlace del último mensaje que recibió. O pida que le enviemos uno nuevo a la dirección en la que recibió este.",
    },
    renew: "Enviarme un enlace nuevo",
    asked: Notice {
        title: "Mire su correo",
        lead: "Si este enlace era para usted y se puede enviar uno nuevo, va de camino a la dirección en la que lo recibió.",
        next: "¿Sigue sin llegar nada después de diez minutos? Pregunte a quien se ocupa de su teléfono.",
    },
    typing: Typing {
        title: "Escriba su código",
        lead: "Está junto al código QR en su mensaje o en su hoja: tres grupos de cuatro letras y cifras.",
        label: "Código",
        button: "Continuar",
        wrong: "Este código no funciona (o ya no). Compárelo otra vez con su mensaje.",
    },
    sheet: Sheet {
        type_at: "¿No tiene cámara? Abra esta dirección y escriba el código:",
        until: "Válido hasta el",
    },
    busy: Notice {
        title: "Demasiados intentos",
        lead: "Desde su conexión han fallado demasiados enlaces o códigos en poco tiempo.",
        next: "Espere unos minutos y vuelva a intentarlo.",
    },
    fine: Notice {
        title: "Este servidor funciona",
        lead: "Lleva del enlace de un mensaje al softphone. Aquí no hay nada más que ver.",
        next: "¿Tiene un enlace? Ábralo tal como figura en su mensaje.",
    },
    not_allowed: Notice {
        title: "Eso no se puede hacer aquí",
        lead: "Esta dirección no admite ese tipo de solicitud.",
        next: "¿Tiene un enlace? Ábralo tal como figura en su mensaje.",
    },
    not_found: Notice {
        title: "No hay nada en esta dirección",
        lead: "Puede que la dirección no se haya copiado entera.",
        next: "¿Tiene un enlace? Ábralo tal como figura en su mensaje.",
    },
    trouble: Notice {
        title: "Ahora mismo no funciona",
        lead: "El fallo está aquí, no en su enlace.",
        next: "Espere un minuto y vuelva a abrir el enlace.",
    },
    help: "Ayuda",
    privacy: "Esta página no usa cookies ni carga nada de otros sitios.",
};
