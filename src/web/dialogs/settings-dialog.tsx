import { Alert, Button, Loader } from '@mantine/core'
import { isApiError } from '../api/http.ts'
import { countOf } from '../ui/words.ts'
import type { DialogProps } from './dialog.ts'
import { FormDialog } from './parts/form-dialog.tsx'
import { SettingsContext } from './settings/context.ts'
import { Pages, pages } from './settings/pages.tsx'
import type { Problems } from './settings/problems.ts'
import { useSettingsForm } from './settings/use-settings-form.ts'

export default function SettingsDialog({ vms, onClose }: DialogProps<'settings'>) {
  const form = useSettingsForm(vms)
  const { vm, original, loadError, draft, changes, problems, set, reset, save } = form
  const isOne = vms.length === 1
  const isChanged = Object.keys(changes).length > 0
  const incomplete = isChanged ? whereWrong(problems) : ''
  const refusal = save.error && (
    <>
      {save.error.message}
      {!isOne &&
        !isApiError(save.error, 'daemon_unreachable') &&
        `\nNone of the ${vms.length} VMs was changed.`}
    </>
  )
  return (
    <FormDialog
      title={
        isOne
          ? `Settings for ${vm?.name ?? vms[0]?.name}`
          : `Settings for ${countOf(vms.length, 'virtual machine')}`
      }
      submitLabel={isOne ? 'Save' : `Save for ${vms.length}`}
      size={880}
      isTall
      isBusy={save.isPending}
      canLeaveBusy
      isChanged={isChanged}
      incomplete={incomplete}
      error={refusal}
      extraButton={
        <Button
          variant="default"
          disabled={incomplete !== null || save.isPending}
          onClick={() => save.mutate(changes)}
        >
          Apply
        </Button>
      }
      onSubmit={() => save.mutate(changes, { onSuccess: onClose })}
      onClose={onClose}
    >
      {loadError && !original && (
        <Alert role="alert" color="red" m="md" h="fit-content">
          {loadError.message}
        </Alert>
      )}
      {!original && !loadError && <Loader m="auto" size="sm" aria-label="The settings are read" />}
      {original && (
        <SettingsContext value={{ vms, vm, original, draft, problems, set, reset }}>
          <Pages />
        </SettingsContext>
      )}
    </FormDialog>
  )
}

/** What keeps changes from being saved, where it is; null: nothing. */
function whereWrong(problems: Problems): string | null {
  const page = pages.find(({ keys }) => keys.some((key) => key in problems))
  return page ? `Something is to be corrected in ${page.title}.` : null
}
