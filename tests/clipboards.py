"""What programs put on the clipboard as HTML for the same small text, shortened where they repeat themselves; and what is right."""

RIGHT = (
    "<h3>Doses</h3><p>Give <strong>5 mg</strong> of 10⁹ <em>twice</em>.</p><ul><li>with food</li><li>at night</li></ul>"
    "<table><tr><th>Age</th><th>Dose</th></tr><tr><td>2</td><td>50 mg</td></tr></table>"
)
SHEET = "<table><tr><th>Age</th><th>Dose</th></tr><tr><td>2</td><td>50 mg</td></tr></table>"

_WORD_ITEM = (
    "<p class={}><![if !supportLists]><span style='font-family:Symbol;mso-list:Ignore'>·<span style='font:7.0pt \"Times New Roman\"'>"
    "&nbsp;&nbsp;&nbsp;&nbsp; </span></span><![endif]>{}<o:p></o:p></p>"
)
_WORD_STYLE = "MsoListParagraphCxSp{} style='text-indent:-.25in;mso-list:l0 level1 lfo1'"
_WORD_CELL = (
    "<td width=208 valign=top style='width:155.8pt;border:solid windowtext 1.0pt'><p class=MsoNormal>{}<o:p></o:p></p></td>"
)

WORD = (
    "<html xmlns:o='urn:schemas-microsoft-com:office:office'><head><meta name=Generator content='Microsoft Word 15'><style><!--\n"
    "p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0in; font-size:12.0pt;}\n@list l0:level1 {mso-level-number-format:bullet;}\n--></style></head>"
    "<body lang=EN-US><!--StartFragment--><h1>Doses<o:p></o:p></h1><p class=MsoNormal>Give <b>5 mg</b> of 10<sup>9</sup> <i>twice</i>.<o:p></o:p></p>"
    + _WORD_ITEM.format(_WORD_STYLE.format("First"), "with food")
    + _WORD_ITEM.format(_WORD_STYLE.format("Last"), "at night")
    + "<table class=MsoTableGrid border=1><thead><tr>"
    + _WORD_CELL.format("Age")
    + _WORD_CELL.format("Dose")
    + "</tr></thead><tr>"
    + _WORD_CELL.format("2")
    + _WORD_CELL.format("50 mg")
    + "</tr></table><p class=MsoNormal><o:p>&nbsp;</o:p></p><!--EndFragment--></body></html>"
)

_DOCS = 'style="font-size:11pt;font-family:Arial,sans-serif;color:#000000;font-weight:{};font-style:{};text-decoration:none;vertical-align:{};white-space:pre-wrap;"'


def _docs(text, weight=400, slant="normal", height="baseline"):
    return f"<span {_DOCS.format(weight, slant, height)}>{text}</span>"


def _docs_row(*cells, weight=400):
    inner = "".join(f'<td style="border:1pt solid"><p dir="ltr">{_docs(cell, weight)}</p></td>' for cell in cells)
    return f'<tr style="height:0pt">{inner}</tr>'


GOOGLE_DOCS = (
    '<meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-1"><h2 dir="ltr">'
    + _docs("Doses")
    + '</h2><p dir="ltr" style="line-height:1.38;">'
    + _docs("Give ")
    + _docs("5 mg", 700)
    + _docs(" of 10")
    + _docs("9", height="super").replace("font-size:11pt", "font-size:0.6em")
    + _docs(" ")
    + _docs("twice", slant="italic")
    + _docs(".")
    + '</p><ul style="margin-top:0;"><li dir="ltr" style="list-style-type:disc;" aria-level="1"><p dir="ltr" role="presentation">'
    + _docs("with food")
    + '</p></li><li dir="ltr" aria-level="1"><p dir="ltr" role="presentation">'
    + _docs("at night")
    + '</p></li></ul><br /><div dir="ltr" align="left"><table style="border:none;border-collapse:collapse;"><colgroup><col width="312" /></colgroup><tbody>'
    + _docs_row("Age", "Dose", weight=700)
    + _docs_row("2", "50 mg")
    + "</tbody></table></div></b>"
)
GOOGLE_SHEETS = (
    '<meta charset="utf-8"><google-sheets-html-origin><style type="text/css"><!--td {border: 1px solid #cccccc;}br {mso-data-placement:same-cell;}--></style>'
    '<table cellspacing="0" data-sheets-root="1" style="table-layout:fixed;width:0px"><colgroup><col width="100"/><col width="100"/></colgroup><tbody>'
    '<tr style="height:21px;"><td style="padding:2px;font-weight:bold;" data-sheets-value="{}">Age</td><td style="font-weight:bold;">Dose</td></tr>'
    '<tr style="height:21px;"><td style="text-align:right;">2</td><td>50 mg</td></tr></tbody></table>'
)
EXCEL = (
    "<html xmlns:x='urn:schemas-microsoft-com:office:excel'><head><style><!--table {mso-displayed-decimal-separator:'\\.';}\n.xl65\n\t{font-weight:700;}\n"
    ".xl66 {text-decoration:line-through;}\n--></style></head><body><table border=0 width=128><!--StartFragment--><col width=64 span=2>"
    "<tr height=20><td height=20 class=xl65 width=64>Age</td><td class=xl65 width=64>Dose</td></tr>"
    "<tr height=20><td align=right>2</td><td>50 mg</td></tr><tr><td class=xl66>3</td><td class=xl66>75 mg</td></tr><!--EndFragment--></table></body></html>"
)
OUTLOOK = (
    "<html><body lang=EN-US link='#0563C1'><div class=WordSection1><p class=MsoHeading1><span style='font-size:16.0pt'>Doses<o:p></o:p></span></p>"
    "<p class=MsoNormal><span style='font-family:\"Calibri\",sans-serif'>Give <b>5 mg</b> of 10<sup>9</sup> <i>twice</i>.<o:p></o:p></span></p>"
    "<ul style='margin-top:0in' type=disc><li class=MsoListParagraph style='mso-list:l0 level1 lfo1'>with food<o:p></o:p></li>"
    "<li class=MsoListParagraph style='mso-list:l0 level1 lfo1'>at night<o:p></o:p></li></ul>"
    "<table class=MsoNormalTable><tr><td><p class=MsoNormal><b>Age<o:p></o:p></b></p></td><td><p class=MsoNormal><b>Dose</b></p></td></tr>"
    "<tr><td><p class=MsoNormal>2</p></td><td><p class=MsoNormal>50 mg</p></td></tr></table></div></body></html>"
)
LIBREOFFICE = (
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.0 Transitional//EN"><html><head><style type="text/css">p { line-height: 115%; }</style></head><body>'
    '<h2 class="western">Doses</h2><p>Give <b>5 mg</b> of 10<sup>9</sup> <i>twice</i>.</p><ul><li><p>with food</p></li><li><p>at night</p></li></ul>'
    '<table width="665" cellpadding="4"><col width="328"/><thead><tr valign="top"><th width="328" style="background: transparent"><p>Age</p></th><th><p>Dose</p></th></tr></thead>'
    "<tbody><tr><td><p>2</p></td><td><p>50 <font face='Arial'>mg</font></p></td></tr></tbody></table></body></html>"
)
_PDF = '<span style="left: calc(var(--scale-factor)*{}px); top: 93px; position: absolute; transform: scaleX(0.9);" role="presentation" dir="ltr">{}</span>'
PDF = (
    _PDF.format(70, "Give 5 mg")
    + '<br role="presentation">'
    + _PDF.format(70, "2")
    + _PDF.format(170, "50 mg")
    + '<br role="presentation">'
    + _PDF.format(70, "• with food")
)
WEB = (
    '<meta charset="utf-8"><h2 style="color: rgb(0, 0, 0); font-weight: 600;">Doses</h2><p style="margin: 0px; font-style: normal; font-weight: 400;">Give '
    '<b style="font-weight: 700;">5 mg</b><span> </span>of 10<sup style="font-size: 12px;">9</sup><span style="display: inline !important; float: none;"> </span>'
    '<i>twice</i>.</p><ul style="list-style: disc;"><li>with food</li><li>at night<style>.x{color:red}</style></li></ul>'
    '<figure><table class="wikitable" style="display: table;"><tbody><tr><th scope="col" style="text-align: center;">Age</th><th scope="col">Dose</th></tr>'
    '<tr><td style="padding: 0px;">2</td><td>50&nbsp;mg</td></tr></tbody></table></figure>'
)
APPLE_NOTES = (
    '<html><head><meta name="Generator" content="Cocoa HTML Writer"><style type="text/css">p.p1 {margin: 0.0px; font: 24.0px Helvetica}\n'
    "span.s1 {font-weight: bold}\nspan.s2 {text-decoration: line-through}\nspan.s3 {font-style: italic}\n</style></head><body>"
    '<h1 style="margin: 0.0px">Doses</h1><p class="p1">Give <span class="s2">50 mg </span><span class="s1">5 mg</span> of 10<span style="vertical-align: super">9</span> '
    '<span class="s3">twice</span>.</p><ul class="ul1"><li class="li1">with food</li><li class="li1"><span></span>at night</li></ul>'
    '<table cellspacing="0" class="t1"><tbody><tr><td valign="top" class="td1"><p class="p2"><span class="s1">Age</span></p></td>'
    '<td class="td1"><p class="p2"><span class="s1">Dose</span></p></td></tr><tr><td class="td1"><p class="p2">2</p></td><td class="td1"><p class="p2">50 mg</p></td></tr>'
    "</tbody></table></body></html>"
)
OUR_PAGE = (
    '<h3 style="font: 600 1.12rem serif;">Doses</h3><p>Give <strong>5 mg</strong> of 10⁹ <em>twice</em>.</p><ul><li>with '
    '<a class="w" href="https://portal.example.org/conditions/crmo/#w-food" id="t-food">food</a></li><li>at night</li></ul>'
    '<div class="table" role="region" aria-label="Table" tabindex="0" style="overflow-x: auto;"><table><thead><tr><th scope="col">Age</th><th scope="col">Dose</th></tr></thead>'
    "<tbody><tr><td>2</td><td>50 mg</td></tr></tbody></table></div>"
)
CLIPBOARDS = {
    "Word": (WORD, RIGHT),
    "Google Docs": (GOOGLE_DOCS, RIGHT),
    "Google Sheets": (GOOGLE_SHEETS, SHEET),
    "Excel": (EXCEL, SHEET),
    "Outlook": (OUTLOOK, RIGHT),
    "LibreOffice": (LIBREOFFICE, RIGHT),
    "PDF viewer": (PDF, "<p>Give 5 mg</p><p>2</p><p>50 mg</p><ul><li>with food</li></ul>"),
    "web page": (WEB, RIGHT.replace("50 mg", "50&nbsp;mg")),
    "Apple Notes": (APPLE_NOTES, RIGHT),
    "another edition": (OUR_PAGE, RIGHT),
}
