import { Checkbox } from '@mantine/core'
import { IconAlertTriangle, IconBan } from '@tabler/icons-react'
import type { Risk } from './risk.ts'
import classes from './risk-list.module.css'
import type { Risks } from './use-risks.ts'

/** Risks that were found, each with what goes wrong and what is better, and the tick where one is asked for. */
export function RiskList({ risks, showsNames = false }: { risks: Risks; showsNames?: boolean }) {
  return (
    <section aria-label="Risks" aria-live="polite" className={classes.risks}>
      {risks.all.map((risk) => (
        <RiskEntry key={`${risk.guard} ${risk.action}`} risk={risk} showsNames={showsNames} />
      ))}
      {risks.mustConfirm && (
        <Checkbox
          ref={risks.checkbox}
          size="sm"
          label="I have read this"
          checked={risks.isConfirmed}
          error={risks.isMissed && 'Tick this to go on.'}
          onChange={(event) => risks.confirm(event.currentTarget.checked)}
        />
      )}
    </section>
  )
}

function RiskEntry({ risk, showsNames }: { risk: Risk; showsNames: boolean }) {
  const isForbidden = risk.action === 'forbid'
  const Icon = isForbidden ? IconBan : IconAlertTriangle
  return (
    <div className={classes.risk} data-forbidden={isForbidden || undefined}>
      <Icon size={16} aria-hidden className={classes.icon} />
      <div>
        <div className={classes.title}>
          {risk.title}
          {isForbidden && <span className={classes.forbidden}>, forbidden by the settings</span>}
        </div>
        <div className={classes.evidence}>
          {risk.found
            .map(({ vmName, evidence }) => (showsNames ? `${vmName}: ${evidence}` : evidence))
            .join('; ')}
        </div>
        <p>{risk.risk}</p>
        <p>
          <b>Better:</b> {risk.remedy}
        </p>
      </div>
    </div>
  )
}
