//! Portuguese.

use super::{Landing, Notice, Opening, Sheet, Texts, Typing};

pub(crate) static TEXTS: Texts = Texts {
    lang: "pt",
    direction: "ltr",
    landing: Landing {
        title: "Configure o seu softphone",
        lead: "Este link leva o seu número de telefone para uma aplicação. Demora um minuto.",
        here: "Neste dispositivo",
        here_install: "Ainda não está instalada? Obtenha primeiro o Linphone e depois volte a esta página.",
        open: "Abrir a aplicação",
        scan: "Ler com um telemóvel",
        scan_install: "Instale o Linphone no telemóvel:",
        scan_choose: "Inicie a aplicação e escolha ler um código QR.",
        scan_hold: "Aponte o telemóvel para o código desta página.",
        code: "Código QR deste link",
        address: "Sem câmara? Introduza antes este endereço na aplicação:",
        keep: "Este link é para si. Quem o tiver pode configurar o seu número, por isso não o partilhe.",
    },
    opening: Opening {
        title: "A abrir a aplicação",
        lead: "O seu dispositivo pode perguntar se esta página a pode abrir.",
        again: "Abrir a aplicação",
        missing: "Não acontece nada? Então o Linphone ainda não está instalado neste dispositivo.",
        back: "Voltar aos passos",
    },
    refused: Notice {
        title: "Este link não funciona (ou já não funciona)",
        lead: "Pode ter expirado, já ter sido usado em todos os dispositivos previstos ou não ter sido copiado por inteiro.",
        next: "Use o link da mensagem mais recente que recebeu. Ou peça que um novo seja enviado para o endereço onde recebeu este.",
    },
    renew: "Enviar-me um novo link",
    asked: Notice {
        title: "Veja o seu correio",
        lead: "Se este link era para si e for possível enviar um novo, está a caminho do endereço onde o recebeu.",
        next: "Nada ao fim de dez minutos? Pergunte a quem trata do seu telefone.",
    },
    typing: Typing {
        title: "Escreva o seu código",
        lead: "Está ao lado do código QR na sua mensagem ou na sua folha: três grupos de quatro letras e algarismos.",
        label: "Código",
        button: "Continuar",
        wrong: "Este código não funciona (ou já não funciona). Compare-o mais uma vez com a sua mensagem.",
    },
    sheet: Sheet {
        type_at: "Sem câmara? Abra este endereço e escreva o código:",
        until: "Válido até",
    },
    busy: Notice {
        title: "Demasiadas tentativas",
        lead: "A partir da sua ligação, demasiados links ou códigos falharam em pouco tempo.",
        next: "Espere alguns minutos e tente de novo.",
    },
    fine: Notice {
        title: "Este servidor está a funcionar",
        lead: "Leva do link de uma mensagem ao softphone. Não há mais nada para ver aqui.",
        next: "Tem um link? Abra-o exatamente como está na sua mensagem.",
    },
    not_allowed: Notice {
        title: "Isso não pode ser feito aqui",
        lead: "Este endereço não aceita esse tipo de pedido.",
        next: "Tem um link? Abra-o exatamente como está na sua mensagem.",
    },
    not_found: Notice {
        title: "Não há nada neste endereço",
        lead: "O endereço pode não ter sido copiado por inteiro.",
        next: "Tem um link? Abra-o exatamente como está na sua mensagem.",
    },
    trouble: Notice {
        title: "De momento não funciona",
        lead: "A falha está deste lado, não no seu link.",
        next: "Espere um minuto e abra o link de novo.",
    },
    help: "Ajuda",
    privacy: "Esta página não usa cookies nem carrega nada de outros sítios.",
};
