/** The schema's version by itself, for programs that make events and do not validate them. */

/** Version of the event schema. Raised when the meaning of a field changes; adding fields does not raise it. */
export const schemaVersion = 1
