// Commands that are suggested reach the cluster that was asked, as the user who asked.
import { expect, test } from 'vitest'
import { suggest } from '../../../../plugin/client/suggest.ts'

test.each([
  [{}, 'kubectl get pods'],
  [{ namespace: 'shop', context: 'staging' }, 'kubectl get pods -n shop --context staging'],
  [
    { cluster: 'c', user: 'u', server: 'https://s:6443', as: 'bob' },
    'kubectl get pods --cluster c --user u --server https://s:6443 --as bob'
  ],
  [
    { context: "it's mine", kubeconfig: '/my files/config' },
    String.raw`kubectl get pods --context 'it'\''s mine' --kubeconfig '/my files/config'`
  ]
])('of %j', (where, command) => {
  expect(suggest('get pods', where)).toBe(command)
})

test('other programs are told in their own words, and only what they know', () => {
  const where = { context: 'staging', user: 'u' }
  expect(suggest('list', where, 'helm')).toBe('helm list --kube-context staging')
  expect(suggest('version', where, 'istioctl')).toBe('istioctl version --context staging')
})
