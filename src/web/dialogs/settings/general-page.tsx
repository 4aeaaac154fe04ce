import { TagsInput, TextInput } from '@mantine/core'
import { limits } from '../../../vm/config.ts'
import { dateAndTime } from '../../ui/format.ts'
import { VmNames } from '../parts/vm-names.tsx'
import { useField, useSettings } from './context.ts'
import { Section, SettingRow } from './setting-row.tsx'
import classes from './settings.module.css'
import { mixed } from './values.ts'

export function GeneralPage() {
  const { vm, vms } = useSettings()
  if (!vm)
    return (
      <>
        <Section title="Virtual machines">
          <VmNames vms={vms} note={({ tags }) => tags.join(', ')} />
        </Section>
        <Section title="Tags">
          <Tags field="addTags" label="Add" description="To those that each of them has." />
          <Tags field="removeTags" label="Take away" description="From those that have them." />
        </Section>
      </>
    )
  return (
    <>
      <Section title="Virtual machine">
        <NameSetting />
        <Tags
          field="tags"
          label="Tags"
          description="For finding VMs and choosing several. A tag such as role:database also tells the guards what a VM is."
        />
      </Section>
      <Section title="About it">
        <dl className={classes.facts}>
          <dt>Created</dt>
          <dd>{dateAndTime(vm.createdAt)}</dd>
          <dt>Folder</dt>
          <dd>{vm.folder}</dd>
          <dt>Id</dt>
          <dd>{vm.id}</dd>
        </dl>
      </Section>
    </>
  )
}

function NameSetting() {
  const field = useField('name')
  return (
    <SettingRow label="Name" problem={field.problem}>
      {(control) => (
        <TextInput
          {...control}
          w={340}
          value={field.value === mixed ? '' : field.value}
          onChange={(event) => field.set(event.currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </SettingRow>
  )
}

function Tags(props: { field: 'tags' | 'addTags' | 'removeTags'; label: string; description: string }) {
  const field = useField(props.field)
  const tags = field.value === mixed ? [] : field.value
  return (
    <SettingRow label={props.label} description={props.description} problem={field.problem}>
      {(control) => (
        <TagsInput
          {...control}
          w={340}
          value={[...tags]}
          placeholder={tags.length === 0 ? 'Type one, then press Enter' : ''}
          maxTags={limits.tags.count}
          acceptValueOnBlur
          onChange={field.set}
        />
      )}
    </SettingRow>
  )
}
