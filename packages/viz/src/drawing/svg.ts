/**
 * A picture before it is text: a tree of plain objects. Figures and cell drawings build it, the serializer is the only
 * place that writes markup, so that escaping, rounding and attribute order are the same everywhere.
 */
export interface SvgElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children: readonly (SvgElement | string)[];
}

export function element(
  tag: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly (SvgElement | string)[]
): SvgElement {
  return { tag, attributes, children };
}

/** Two decimals are a fiftieth of a pixel at 2x, and keep the last bits of the platform's `Math.log` out of the file. */
export function round(value: number): string {
  return String(Math.round(value * 100) / 100 + 0);
}

// Characters that XML 1.0 forbids even when escaped; a lone surrogate is no character at all.
const FORBIDDEN =
  // oxlint-disable-next-line no-control-regex -- these control characters are what must go
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for XML or HTML, in content and in quoted attributes alike. */
export function escapeMarkup(text: string): string {
  return text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Serializes with sorted attributes: linkedom and browsers list them in different orders. */
export function serialize(node: SvgElement | string): string {
  if (typeof node === 'string') return escapeMarkup(node);
  const attributes = Object.keys(node.attributes)
    .toSorted()
    .map((name) => {
      const value = node.attributes[name] ?? '';
      return ` ${name}="${typeof value === 'number' ? round(value) : escapeMarkup(value)}"`;
    })
    .join('');
  if (node.children.length === 0) return `<${node.tag}${attributes}/>`;
  return `<${node.tag}${attributes}>${node.children.map(serialize).join('')}</${node.tag}>`;
}

const LONG_NUMBER = /-?\d*\.?\d+e[-+]?\d+|-?\d*\.\d{3,}/gi;

/** `#e4e7eb` is a colour, not 4e7. */
function roundNumbers(value: string): string {
  return value.startsWith('#') ? value : value.replace(LONG_NUMBER, (number) => round(Number(number)));
}

/** Copies what a chart library drew into our tree: without scripts, styles and classes, numbers rounded. */
export function fromDom(source: Element, ink: string): SvgElement {
  const attributes: Record<string, string> = {};
  for (const { name, value } of source.attributes) {
    if (name === 'class' || name === 'style' || name.startsWith('aria-') || name.startsWith('xmlns')) continue;
    attributes[name] = value === 'currentColor' ? ink : roundNumbers(value);
  }
  const children: (SvgElement | string)[] = [];
  for (const child of source.childNodes) {
    if (child.nodeType === 3) {
      if (child.textContent) children.push(child.textContent);
    } else if (child.nodeType === 1 && child.nodeName.toLowerCase() !== 'style')
      children.push(fromDom(child as Element, ink));
  }
  return { tag: source.localName, attributes, children };
}
