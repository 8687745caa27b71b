/**
 * Takes the place of the package string-width in the bundle: yargs asks it for the width of our help texts only,
 * and it makes a segmenter of graphemes at every start, which costs a tenth of what a start takes.
 */
export default function asciiWidth(text: string): number {
  return text.length;
}
