// An OpenID provider that others wrote and the OpenID Foundation certified, for one client; it asks for a name and believes it.
import Provider from 'oidc-provider'

const [port, portal, secret] = process.argv.slice(2)

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'atmo',
    client_secret: secret,
    redirect_uris: [`${portal}/login/callback`],
    post_logout_redirect_uris: [`${portal}/`],
  }],
  claims: { openid: ['sub'], email: ['email', 'email_verified', 'groups'] },
  conformIdTokenClaims: false,
  findAccount: (_context, name) => ({
    accountId: name,
    claims: () => ({
      sub: name,
      email: `${name}@example.org`,
      email_verified: true,
      groups: name === 'ada' ? ['admins'] : ['data'],
    }),
  }),
})
provider.listen(Number(port), '127.0.0.1', () => console.log('listening'))
