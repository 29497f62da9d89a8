/** Hostile text made visible, for those who need no schemas. */
export { type TextPiece, visiblePieces, visibleText } from '@rampart/event/visible-text'
