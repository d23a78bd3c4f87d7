/**
 * What customers say under labels that many workflows use. A label is looked up by its words; one that is not
 * here is judged by its name and description alone.
 */
export interface LabelPrototypes {
  readonly names: readonly string[];
  readonly sentences: readonly string[];
  /** Words that speak for the label wherever they stand. */
  readonly cues?: RegExp;
}

export const LABEL_PROTOTYPES: readonly LabelPrototypes[] = [
  {
    names: [
      'order status',
      'order tracking',
      'tracking',
      'shipping',
      'delivery',
      'shipping status',
      'where is my order',
    ],
    sentences: [
      'Where is my order?',
      'Has my package been shipped yet?',
      'When will my parcel arrive?',
      'What is the status of order 1001?',
      'My delivery is late',
      'Can you track my shipment?',
      'I have not received my order yet',
      'How long does shipping take?',
      'The tracking has not changed for days',
    ],
    cues: /\b(?:track(?:ing)?|where(?:'s| is) my (?:order|package|parcel)|status of (?:my |the )?order|shipped|deliver(?:y|ed)|arriv(?:e|ed)|order (?:number )?#?\d{3,})\b/i,
  },
  {
    names: ['return', 'returns', 'refund', 'return request', 'exchange', 'returns and refunds'],
    sentences: [
      'I want to return an item',
      'How do I send this back?',
      'I would like a refund',
      'Can I exchange this for another size?',
      'What is your return policy?',
      'I want my money back for this product',
      'The item does not fit, I want to give it back',
      'How long do I have to return something?',
      'I need help with a complex return',
    ],
    cues: /\b(?:return(?:s|ed|ing)?|refund(?:s|ed)?|send (?:it|this|them) back|money back|exchange)\b/i,
  },
  {
    names: ['billing', 'payment', 'payments', 'invoice', 'billing question', 'billing issue'],
    sentences: [
      'I was charged twice',
      'My card was declined',
      'I need an invoice',
      'There is a wrong amount on my bill',
      'Which payment methods do you accept?',
      'Why was my credit card charged?',
      'I do not recognise this charge on my statement',
      'Can I pay by invoice?',
      'My subscription fee is too high',
    ],
    cues: /\b(?:charged?|invoices?|bill(?:ing|ed)?|payments?|paypal|credit card|debit|declined|vat|receipt|installments?|instalments?)\b/i,
  },
  {
    names: [
      'technical',
      'technical support',
      'technical issue',
      'troubleshooting',
      'tech support',
      'bug',
      'product issue',
    ],
    sentences: [
      'My speaker does not connect to Bluetooth',
      'The app crashes when I open it',
      'There is no sound',
      'The device does not turn on',
      'How do I reset the speaker?',
      'I cannot log in to my account',
      'I get an error message',
      'The Wi-Fi connection keeps dropping',
      'How do I update the firmware?',
      'It stopped working after the update',
    ],
    cues: /\b(?:bluetooth|wi-?fi|firmware|pair(?:ing)?|reset|error(?: code| message)?|crash(?:es|ed)?|not work(?:ing)?|doesn't work|does not work|connect(?:ion)?|turn on|charging|log ?in|password|no sound|update|install|app)\b/i,
  },
  {
    names: ['account', 'account management', 'login', 'password', 'profile'],
    sentences: [
      'I forgot my password',
      'How do I change my email address?',
      'My account is locked',
      'I want to delete my account',
      'I cannot log in',
      'How do I update my profile?',
    ],
    cues: /\b(?:account|password|log ?in|sign ?in|profile|email address)\b/i,
  },
  {
    names: ['cancel', 'cancellation', 'cancel order', 'order cancellation', 'order change'],
    sentences: [
      'I want to cancel my order',
      'Please cancel it, I ordered by mistake',
      'How do I cancel my subscription?',
      'Can I change my order?',
      'I want to change the delivery address of my order',
    ],
    cues: /\bcancel/i,
  },
  {
    names: ['complaint', 'complaints', 'dissatisfied'],
    sentences: [
      'This is unacceptable, I am very disappointed',
      'Your service is terrible',
      'I want to make a complaint',
      'Nobody has answered me for a week',
      'The courier was rude',
    ],
    cues: /\b(?:complain(?:t|ts)?|unacceptable|disgrace|terrible|worst|rude)\b/i,
  },
  {
    names: ['sales', 'product question', 'product information', 'pre-sales', 'product'],
    sentences: [
      'Which speaker would you recommend?',
      'Is this product in stock?',
      'What is the difference between these two models?',
      'How much does it cost?',
      'Does it come in black?',
    ],
  },
  {
    names: ['greeting', 'small talk', 'chitchat'],
    sentences: ['Hello', 'Good morning', 'How are you?', 'Hi there', 'Thanks a lot', 'Bye'],
    cues: /^\W*(?:hi|hello|hey|good (?:morning|evening|afternoon)|thanks?|thank you|bye)\b/i,
  },
  {
    names: ['warranty', 'repair', 'warranty claim', 'defect'],
    sentences: [
      'My device broke after a year',
      'Is this covered by the warranty?',
      'I want to make a warranty claim',
      'Can you repair it?',
      'The product is defective',
    ],
    cues: /\b(?:warranty|guarantee|repair|defect(?:ive)?)\b/i,
  },
  {
    names: ['positive', 'happy', 'satisfied', 'good', 'praise'],
    sentences: [
      'I love this product, it is great',
      'Excellent service, thank you so much',
      'I am very happy with my purchase',
      'This works perfectly',
      'Fantastic, it arrived early',
      'Best shop ever',
    ],
    cues: /\b(?:love|loved|great|excellent|amazing|awesome|perfect(?:ly)?|fantastic|wonderful|brilliant|superb|delighted|happy|pleased|thank you so much|best|recommend|helpful|impressed|flawless(?:ly)?|nice|enjoy(?:ed)?|good)\b/i,
  },
  {
    names: ['negative', 'unhappy', 'dissatisfied', 'angry', 'bad', 'frustrated'],
    sentences: [
      'This is terrible, I am very disappointed',
      'I hate it, it broke after one day',
      'The worst service I have ever had',
      'I am angry, nobody helps me',
      'It does not work and I want my money back',
      'What a waste of money',
    ],
    cues: /\b(?:hate|hated|terrible|awful|horrible|worst|worse|disappoint(?:ed|ing|ment)|angry|furious|useless|broken|broke|waste|bad|poor|annoy(?:ed|ing)|frustrat(?:ed|ing)|never again|unacceptable|rude|ridiculous|slow|late|damaged|scam|garbage|rubbish|doesn't work|not working|disgusting|fails?|failed|unhappy)\b/i,
  },
  {
    names: ['neutral', 'mixed', 'indifferent'],
    sentences: [
      'I would like to know the opening hours',
      'The parcel arrived on Tuesday',
      'Where can I find my invoice?',
      'It is a black speaker',
      'I ordered two items',
      'It is okay, nothing special',
    ],
  },
  {
    names: ['urgent', 'high', 'critical'],
    sentences: [
      'This is urgent, I need it today',
      'Everything is down, we cannot work',
      'Please answer immediately',
      'Someone used my card without permission',
    ],
    cues: /\b(?:urgent(?:ly)?|immediately|asap|right now|emergency|critical|today)\b/i,
  },
  {
    names: ['low', 'not urgent'],
    sentences: [
      'Just wondering, no hurry',
      'When you have time',
      'Only a small question',
      'It is not important',
    ],
    cues: /\b(?:no (?:hurry|rush)|whenever|just wondering|small question)\b/i,
  },
  {
    names: ['spam', 'advertising'],
    sentences: [
      'Buy cheap followers now',
      'You have won a prize, click here',
      'We offer SEO services for your website',
    ],
    cues: /\b(?:seo|click here|you(?:'ve| have) won|casino|crypto investment)\b/i,
  },
];

/** Labels that mean "none of the others". */
export const CATCH_ALL =
  /^(?:other|others|unknown|none|general|misc|miscellaneous|else|no match|off topic|out of scope|general question|general inquiry|n\/?a)$/;
/** Labels that mean "wants a person". */
export const WANTS_PERSON =
  /^(?:human|agent|person|human agent|live agent|human request|talk to human|speak to human|handover|hand over|handoff|escalate|escalation|representative|operator|explicit request)$/;
