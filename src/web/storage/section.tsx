import { Text, Title } from '@mantine/core'
import { type PropsWithChildren, type ReactNode, useId } from 'react'
import classes from './section.module.css'

interface SectionProps {
  readonly title: string
  /** What it shows, in a sentence. */
  readonly about?: string
  /** Choices, at the right of the title. */
  readonly controls?: ReactNode
}

/** A part of the page, with its name. */
export function Section({ title, about, controls, children }: PropsWithChildren<SectionProps>) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={classes.section}>
      <div className={classes.head}>
        <div className={classes.words}>
          <Title order={2} size="h5" id={id}>
            {title}
          </Title>
          {about && (
            <Text size="xs" c="dimmed">
              {about}
            </Text>
          )}
        </div>
        {controls && <div className={classes.controls}>{controls}</div>}
      </div>
      {children}
    </section>
  )
}

/** Where there is nothing to show, and why. */
export function Nothing({ children }: PropsWithChildren) {
  return <div className={classes.nothing}>{children}</div>
}
