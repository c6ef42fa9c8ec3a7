import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { formatClock, formatDay, formatMoment } from '../format/time.ts';
import { isPending } from './order-text.ts';
import { performerOf, toneOf, upcomingSteps, titleOf } from './order-status-labels.ts';
import { order as orderMessages } from '../messages/en/order.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(orderMessages);

/** Past steps with time and service, then the upcoming steps. */
export const Timeline = ({ order }: { readonly order: OrderView }) => {
  const upcoming = upcomingSteps(order.status);
  return (
    <ol className="timeline" data-testid="order-timeline">
      {isPending(order) ? <PendingStep placedAt={order.placedAt} /> : null}
      {order.steps.map((step, index) => {
        const isLast = index === order.steps.length - 1;
        const day = formatDay(step.at);
        const isNewDay = index === 0 || formatDay(order.steps[index - 1]?.at ?? '') !== day;
        return (
          <li
            key={step.version}
            className={`step ${toneOf(step.status)} ${isLast ? 'latest' : ''}`}
            data-status={step.status}
          >
            <span className="step-mark" aria-hidden="true" />
            <p className="step-time">
              <time dateTime={step.at} title={formatMoment(step.at)} className="figures">
                {formatClock(step.at)}
              </time>
              {isNewDay ? <span className="step-day">{day}</span> : null}
            </p>
            <div className="step-text">
              <h3>{titleOf(step.status)}</h3>
              <p>{step.text}</p>
              <p className="step-by">
                {text('timeline.by-triggeredby', { triggeredBy: performerOf(step.triggeredBy) })}
              </p>
            </div>
          </li>
        );
      })}
      {upcoming.map(({ status, label }, index) => (
        <li key={status} className={index === 0 ? 'step upcoming next' : 'step upcoming'} data-status={status}>
          <span className="step-mark" aria-hidden="true" />
          <p className="step-time">{index === 0 ? 'next' : null}</p>
          <div className="step-text">
            <h3>{label}</h3>
            {index === 0 && order.next !== undefined ? <p>{order.next}</p> : null}
          </div>
        </li>
      ))}
    </ol>
  );
};

/** Occupies the position of the first step until the order exists. */
const PendingStep = ({ placedAt }: { readonly placedAt: string }) => (
  <li className="step in-progress latest">
    <span className="step-mark" aria-hidden="true" />
    <p className="step-time">
      <time dateTime={placedAt} title={formatMoment(placedAt)} className="figures">
        {formatClock(placedAt)}
      </time>
      <span className="step-day">{formatDay(placedAt)}</span>
    </p>
    <div className="step-text">
      <h3>{text('timeline.on-its-way-to')}</h3>
      <p>{text('timeline.accepted-at-the-counter')}</p>
    </div>
  </li>
);
