/** A fenced code block of a page. */
export interface CodeBlock {
  language: string;
  text: string;
}

export function codeBlocks(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, text]) => ({
    language: language!,
    text: text!,
  }));
}

export function withoutCodeBlocks(markdown: string): string {
  return markdown.replace(/^```.*?^```$/gms, '');
}

/** Code between backticks in the text of a page. */
export function codeSpans(markdown: string): string[] {
  return [...withoutCodeBlocks(markdown).matchAll(/`([^`\n]+)`/g)].map(match => match[1]!);
}

/** Targets of a page's links and pictures. */
export function linkTargets(markdown: string): string[] {
  const text = withoutCodeBlocks(markdown).replace(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(match => match[1]!);
}

/** What `#…` may name in a page: its headings as GitHub turns them into anchors, and elements with an id. */
export function anchors(markdown: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const headings = [...withoutCodeBlocks(markdown).matchAll(/^#{1,6} +(.*?) *$/gm)].map(match => {
    const slug = slugOf(match[1]!);
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
  const ids = [...markdown.matchAll(/<a id="([^"]+)">/g)].map(match => match[1]!);
  return new Set([...headings, ...ids]);
}

/** As github-slugger has it. */
function slugOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}
