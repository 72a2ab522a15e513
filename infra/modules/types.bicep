// The parameters that have a shape of their own.

@export()
@description('The Windows app in the Partner Center.')
@secure()
type wnsCredentials = {
  @minLength(1)
  @secure()
  packageSid: string
  @minLength(1)
  @secure()
  secretKey: string
}

@export()
@description('The iOS app\'s key at Apple.')
@secure()
type apnsCredentials = {
  @description('The token signing key: the text of the .p8 file without its first and last line.')
  @minLength(1)
  @secure()
  key: string
  @minLength(1)
  @secure()
  keyId: string
  @minLength(1)
  @secure()
  teamId: string
  @minLength(1)
  @secure()
  bundleId: string
  environment: 'sandbox' | 'production'
}

@export()
@description('The service account of the Firebase project.')
@secure()
type fcmCredentials = {
  @minLength(1)
  @secure()
  projectId: string
  @minLength(1)
  @secure()
  clientEmail: string
  @minLength(1)
  @secure()
  privateKey: string
}

@export()
@description('The issuers whose tokens the app verifies itself, by name: facebook, google, apple, entra or one of your own.')
type acceptedIssuers = {
  *: {
    @minLength(1)
    audience: string
    @minLength(1)
    issuer: string?
    @minLength(1)
    jwksUri: string?
    @minLength(1)
    tenantId: string?
  }
}

@export()
@description('The identity providers of App Service Authentication.')
@secure()
type identityProviders = {
  facebook: {
    @minLength(1)
    appId: string
    @minLength(1)
    appSecret: string
  }?
  google: {
    @minLength(1)
    clientId: string
    @minLength(1)
    clientSecret: string
  }?
  entra: {
    @minLength(1)
    clientId: string
    @minLength(1)
    tenantId: string
  }?
}

@export()
@description('Whether an issuer\'s name is accepted. It becomes part of a setting\'s name, which on Linux has no hyphen.')
func isIssuerName(name string) bool =>
  !empty(name) && empty(filter(
    map(range(0, length(name)), index => toLower(substring(name, index, 1))),
    character => !contains('abcdefghijklmnopqrstuvwxyz0123456789', character)
  ))

@export()
@description('Whether a topic\'s name is accepted, as by the app.')
func isTopic(name string) bool =>
  !empty(name) && length(name) <= 64 && empty(filter(
    map(range(0, length(name)), index => substring(name, index, 1)),
    character => !contains('abcdefghijklmnopqrstuvwxyz0123456789-', character)
  ))
