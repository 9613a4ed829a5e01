"""Word files, made by hand: `docx` puts paragraphs into a zip as Word does."""

import io
import zipfile

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'


def docx(body, *, links="", **parts):
    """`body` and `parts` (styles, numbering, comments, footnotes …) are the XML inside; `links` more relationships."""
    own = "".join(f'<Relationship Id="{kind}" Type="{OFFICE}/{kind.rstrip("1")}" Target="{kind}.xml"/>' for kind in parts)
    files = {
        "_rels/.rels": f'<Relationships {RELATIONS}><Relationship Id="a" Type="{OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f"<Relationships {RELATIONS}>{own}{links}</Relationships>",
        "word/document.xml": f"<w:document {W} {R} {M}><w:body>{body}</w:body></w:document>",
        **{
            f"word/{kind}.xml": f"<w:{kind.rstrip('1')} {W} {R}>{inner}</w:{kind.rstrip('1')}>"
            for kind, inner in parts.items()
        },
    }
    return zipped(files)


def zipped(files):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def p(*runs, own=""):
    return f"<w:p>{f'<w:pPr>{own}</w:pPr>' if own else ''}{''.join(runs)}</w:p>"


def r(text, own=""):
    return f'<w:r>{f"<w:rPr>{own}</w:rPr>" if own else ""}<w:t xml:space="preserve">{text}</w:t></w:r>'


def x(element):
    """A run of one element."""
    return f"<w:r>{element}</w:r>"


def h(text, level=1):
    return p(r(text), own=f'<w:outlineLvl w:val="{level - 1}"/>')


def field(how, shown=""):
    def mark(kind):
        return x(f'<w:fldChar w:fldCharType="{kind}"/>')

    return (
        mark("begin") + x(f"<w:instrText>{how}</w:instrText>") + (mark("separate") + r(shown) if shown else "") + mark("end")
    )


def item(text, number="1", level=0):
    return p(r(text), own=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def table(*rows, header=False):
    def row(cells, own=""):
        return f"<w:tr>{own}{''.join(f'<w:tc>{cell}</w:tc>' for cell in cells)}</w:tr>"

    first = "<w:trPr><w:tblHeader/></w:trPr>" if header else ""
    return f"<w:tbl>{row(rows[0], first)}{''.join(row(cells) for cells in rows[1:])}</w:tbl>"


NUMBERING = (
    '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl></w:abstractNum>'
    '<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="·"/></w:lvl></w:abstractNum>'
    '<w:abstractNum w:abstractNumId="2"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1)"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="2"/></w:num>'
    '<w:num w:numId="4"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>'
)
