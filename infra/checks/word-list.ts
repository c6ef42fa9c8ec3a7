/** A word that this repository does not use, because the field has a standard one. */
export interface ReplacedWord {
  /** All forms, in lower case. A form with a space is a phrase; others are whole words or parts of a camelCase name. */
  readonly forms: readonly string[];
  /** The standard words for it. */
  readonly use: string;
  /** Ordinary uses: an occurrence inside a match of one of these does not count. */
  readonly allow?: readonly RegExp[];
}

export const replacedWords: readonly ReplacedWord[] = [
  { forms: ['door', 'doors'], use: 'server, API, endpoint' },
  { forms: ['tell', 'tells', 'telling', 'told'], use: 'publish, notify, report, print' },
  { forms: ['hear', 'hears', 'hearing', 'heard', 'hearer'], use: 'subscribe, receive, consume' },
  {
    forms: ['ask', 'asks', 'asked', 'asking', 'unasked'],
    use: 'request, command, query',
    // A member of the events of earlier versions.
    allow: [/\basks(?=\?: readonly| = \[\]|: \[\]| \})/g],
  },
  {
    forms: ['answer', 'answers', 'answered', 'answering', 'unanswered'],
    use: 'response; result, outcome; to respond, to handle',
  },
  {
    forms: ['refuse', 'refuses', 'refused', 'refusing', 'refusal', 'refusals'],
    use: 'reject, deny, error',
    // The system's and gRPC's names of errors; public names of the sidecar.
    allow: [
      /econnrefused|connection \(?refused|refused_stream|refusedstream|redeliverrefused|err_state_refused|'stock\.refused'/gi,
    ],
  },
  { forms: ['world', 'worlds'], use: 'context, dependencies, environment', allow: [/hello,? ?world|world[- ]?wide/gi] },
  { forms: ['chance', 'chances'], use: 'random source' },
  { forms: ['away'], use: 'unavailable, disconnected', allow: [/right away|goaway|go(?:ing)?[_ ]?away/gi] },
  { forms: ['gone'], use: 'removed, exited, disconnected', allow: [/\b410\b.{0,20}|http.{0,3}gone/gi] },
  {
    forms: ['keep', 'keeps', 'keeping', 'keeper', 'kept'],
    use: 'store, retain, hold, persist, retry',
    // HTTP and CSS; to go on doing something; to leave unchanged what is one's own.
    allow: [
      /keep[-_ ]?alives?|keep[-_]?after|keepalive\w*|housekeeping|keep-all|keeppreviousdata|we keep trying/gi,
      /\bkeep(?:s|ing)? (?:\w+ing|its|their|both|\w+ (?:open|busy|known|from \w+ing))\b/gi,
    ],
  },
  {
    forms: ['say', 'says', 'saying', 'said'],
    use: 'print, log, message, report',
    // A text that the reference has encrypted.
    allow: [/'said by the reference'/gi],
  },
  { forms: ['lane', 'lanes'], use: 'worker, limiter', allow: [/swim[- ]?lanes?|harbour lane|lane \d+|\|lane\|/gi] },
  {
    forms: ['letter', 'letters'],
    use: 'message, dead letter, character',
    allow: [/dead[-_ ]?letters?\w*|letter-?spacing|order by letter|letters?,? (?:(?:or|and) )?digits?/gi],
  },
  { forms: ['nursery'], use: 'young generation' },
  { forms: ['mend', 'mends', 'mended'], use: 'fix' },
  {
    forms: ['authorise', 'authorises', 'authorised', 'authorising', 'authorisation', 'authorisations', 'unauthorised'],
    use: 'authorize, authorization',
  },
  { forms: ['anew'], use: 'again' },
  { forms: ['shall'], use: 'must, should' },
  { forms: ['verdict', 'verdicts'], use: 'outcome, result' },
  { forms: ['whoever'], use: 'the noun' },
  { forms: ['desk'], use: 'handler' },
  { forms: ['shelf', 'shelves'], use: 'queries, categories' },
  { forms: ['by itself', 'by themselves'], use: 'automatically' },
  {
    forms: ['of its own', 'of their own', 'of our own', "of one's own"],
    use: 'own, separate, dedicated',
    // "of its own actor" is the ordinary use.
    allow: [/of (?:its|their|our|one's) own (?!(?:and|as|at|behind|by|for|from|in|is|on|or|to|when|with)\b)[a-z]+/gi],
  },
  { forms: ['for good', 'for ever'], use: 'permanently, forever' },
];

/** Names that say nothing about what they hold: not for a variable. */
export const emptyNames: readonly string[] = ['facts', 'own', 'wanted', 'given', 'known', 'found', 'told', 'held'];
