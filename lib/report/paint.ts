export type Style = 'red' | 'green' | 'yellow' | 'bold' | 'dim';

/** Adds a style to a text, or returns it unchanged if the output has no colours. */
export type Paint = (style: Style, text: string) => string;
