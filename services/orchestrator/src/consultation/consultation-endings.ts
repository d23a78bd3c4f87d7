import type { EventOf, runConsulted } from '@baton/contracts';
import type { Append } from '@baton/event-store';

/** What was said in one consultation, as its run goes on knowing it. */
export type Consulted = EventOf<typeof runConsulted>['data'];

/** Which consultations end: those about one of these. */
export interface ConsultationsAbout {
  readonly approval_id?: string | null | undefined;
  readonly run_id?: string | null | undefined;
  readonly conversation_id?: string | null | undefined;
}

/** What belongs into the commit that ends them. */
export interface EndedConsultations {
  readonly appends: readonly Append[];
  readonly rows: Readonly<Record<string, readonly Record<string, unknown>[]>>;
  readonly timers: { readonly cancel: readonly string[] };
  /**
   * Of each consultation that ends here, and of each about that approval which ended before: oldest first. Those in
   * which nobody asked anything are left out.
   */
  readonly consulted: readonly Consulted[];
}

/**
 * Ends consultations with the decision that makes them pointless, in its own commit: `decided` is COMPLETED, `over`
 * (expired, cancelled, taken back, erased) is CANCELLED. To be asked again after a conflict.
 */
export interface ConsultationEndings {
  of(
    tenantId: string,
    about: ConsultationsAbout,
    cause: 'decided' | 'over',
    now: string,
  ): Promise<EndedConsultations>;
}
